using MemoryWall.Targets.Http;

namespace MemoryWall.Engine.Tests.Targets.Http;

public class ApiKeyTests
{
    private const string Secret = "sk-0123456789";

    [Fact]
    public void ToString_AnyKey_HidesIt()
    {
        var key = ApiKey.FromLauncher(Secret);
        Assert.DoesNotContain(Secret, key.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, new ConnectionOptions { ApiKey = key }.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, TestJson.Write(key), StringComparison.Ordinal);
    }

    [Fact]
    public void FromFile_FirstLine_IsTheKey()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, $"\uFEFF{Secret}\r\nsecond line\n");
            Assert.Equal(Secret, ApiKey.FromFile(path).Header.Parameter);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("two words")]
    [InlineData("line\nbreak")]
    [InlineData("é")]
    public void FromLauncher_NoKey_IsRefusedWithoutRepeatingIt(string secret)
    {
        var problem = Assert.Throws<FormatException>(() => ApiKey.FromLauncher(secret));
        if (secret.Trim().Length > 1)
            Assert.DoesNotContain(secret, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromEnvironment_Unset_NamesTheVariable() =>
        Assert.Contains("MEMWALL_NO_SUCH_KEY", Assert.Throws<FormatException>(() => ApiKey.FromEnvironment("MEMWALL_NO_SUCH_KEY")).Message,
            StringComparison.Ordinal);
}

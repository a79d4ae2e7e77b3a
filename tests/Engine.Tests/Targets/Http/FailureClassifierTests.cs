using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Http;

namespace MemoryWall.Engine.Tests.Targets.Http;

public sealed class FailureClassifierTests
{
    private static readonly HttpAccess s_access = new(new Uri("https://far.example/"), new ConnectionOptions(), RunClock.Start());

    [Fact]
    public void Classify_ProxyThatRefuses_IsRefusedWithoutThePasswordInItsAddress()
    {
        // The message of .NET, which contains the address from the environment.
        var thrown = new HttpRequestException(HttpRequestError.ProxyTunnelError,
            "The proxy tunnel request to proxy 'http://me:hunter2@127.0.0.1:3128/' failed with status code '407'.");
        var refused = Assert.IsType<Refused>(FailureClassifier.Classify(thrown, s_access));
        Assert.DoesNotContain("hunter2", refused.Text, StringComparison.Ordinal);
        Assert.Contains("'http://127.0.0.1:3128/' failed with status code '407'", refused.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("see https://u:p@host/x and http://v@w", "see https://host/x and http://w")]
    [InlineData("mail me@host or https://host/a@b", "mail me@host or https://host/a@b")]
    public void Clean_Addresses_LoseTheirUsers(string text, string clean) => Assert.Equal(clean, s_access.Sanitize(text));
}

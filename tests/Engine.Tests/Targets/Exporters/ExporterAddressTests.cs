using MemoryWall.Targets.Exporters;

namespace MemoryWall.Engine.Tests.Targets.Exporters;

public sealed class ExporterAddressTests
{
    [Theory]
    [InlineData("http://h:9100/metrics", "http://h:9100/metrics")]
    [InlineData("http://h:9100", "http://h:9100/metrics")]
    [InlineData(" https://h/gpu/metrics , http://[::1]:9400/ ", "https://h/gpu/metrics http://[::1]:9400/metrics")]
    public void ParseList_Addresses_HaveAPath(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', ExporterAddress.ParseList(text)));

    [Theory]
    [InlineData("", "no address is given; for example http://HOST:9100/metrics")]
    [InlineData("h:9100", "'h:9100' is not the address of an exporter; write http(s)://HOST:PORT/metrics")]
    [InlineData("ftp://h/metrics", "'ftp://h/metrics' is not the address of an exporter; write http(s)://HOST:PORT/metrics")]
    [InlineData("http://h:99999/", "'http://h:99999/' is not the address of an exporter; write http(s)://HOST:PORT/metrics")]
    [InlineData("http://h/\u001b[2J", "'http://h/ [2J' is not the address of an exporter; write http(s)://HOST:PORT/metrics")]
    [InlineData("http://h/metrics?token=x",
        "'http://h/metrics?token=x': an exporter's address has neither ? nor #; write http://h/metrics")]
    [InlineData("http://u:secret@h/metrics",
        "'…@h/metrics': the address contains a user name or password; give the key by environment variable or file instead")]
    [InlineData("http://h/,http://h/metrics", "'http://h/metrics' is there twice; write each exporter once")]
    public void ParseList_OtherText_SaysWhatIsWrongAndNoPassword(string text, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => ExporterAddress.ParseList(text)).Message);

    [Fact]
    public void ParseList_TooMany_IsRefused() => Assert.Equal("17 exporters are too many; give up to 16", Assert.Throws<FormatException>(
        () => ExporterAddress.ParseList(string.Join(',', Enumerable.Range(1, 17).Select(i => $"http://h{i}/")))).Message);
}

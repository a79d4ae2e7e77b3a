using System.Globalization;
using MemoryWall.Engine.Tests.Targets.Exporters;
using MemoryWall.Targets.Exporters;
using MemoryWall.Targets.Http;

namespace MemoryWall.Engine.Tests.Targets.Http;

/// <summary>Prometheus' text format: what is a sample, and that nothing else is.</summary>
public sealed class MetricPageTests
{
    [Theory]
    [InlineData("m 1", "", 1.0, null)]
    [InlineData(" \tm\t 1 ", "", 1.0, null)]
    [InlineData("a:b_9{} +1.5e-3", "", 0.0015, null)]
    [InlineData("m{a=\"1\"} -7 1700000000123", "a=1", -7.0, 1700000000123)]
    [InlineData("m{ a = \"1\" , b=\"2\" , } 3", "a=1 b=2", 3.0, null)]
    [InlineData("m{a=\"} 9\"} 3", "a=} 9", 3.0, null)]
    [InlineData("m{a=\"q\\\"b\\\\n\\n\"} 3\r", "a=q\"b\\n\n", 3.0, null)]
    [InlineData("m{a=\"\u2028\u0085é😀\"} 3", "a=\u2028\u0085é😀", 3.0, null)]
    [InlineData("m NaN", "", double.NaN, null)]
    [InlineData("m +Inf", "", double.PositiveInfinity, null)]
    [InlineData("m -inf 5", "", double.NegativeInfinity, 5L)]
    [InlineData("m 9223372036854775794", "", 9223372036854775794.0, null)]
    public void Parse_Sample_IsReadWithItsLabels(string line, string labels, double value, long? timestamp)
    {
        var page = MetricPage.Parse(line + "\n");

        Assert.Null(page.Problem);
        var sample = Assert.Single(page[Assert.Single(page.Names)]);
        Assert.Equal(labels, string.Join(' ', sample.Labels.Select(label => $"{label.Key}={label.Value}")));
        Assert.Equal((value, timestamp), (sample.Value, sample.TimestampMilliseconds));
    }

    [Theory]
    [InlineData("m")]
    [InlineData("m 1x")]
    [InlineData("m 1 2 3")]
    [InlineData("m 1 1.5")]
    [InlineData("m-1")]
    [InlineData("1m 1")]
    [InlineData("m 1,000")]
    [InlineData("m (1)")]
    [InlineData("m 0x10")]
    [InlineData("m ++Inf")]
    [InlineData("m{a=\"1\" 2")]
    [InlineData("m{a=1} 2")]
    [InlineData("m{a=\"1} 2")]
    [InlineData("m{a=\"1\"b=\"2\"} 2")]
    [InlineData("m{a=\"\\x\"} 2")]
    [InlineData("m{a:b=\"1\"} 2")]
    [InlineData("m{,} 2")]
    [InlineData("<html>")]
    [InlineData("m 1 # {trace=\"x\"} 1")]
    public void Parse_OtherLine_IsNamedAndGivesNoSample(string line)
    {
        var page = MetricPage.Parse($"# HELP m x\n\nbefore 1\n{line}\nafter 2\n");

        Assert.Equal("line 4 is not a sample of Prometheus' text format", page.Problem);
        Assert.Equal(["before", "after"], page.Names);
    }

    [Fact]
    public void Parse_TooManySamples_EndsWithAProblem() =>
        Assert.Equal("it has more than 100000 samples", MetricPage.Parse(string.Concat(Enumerable.Repeat("m 1\n", 100_001))).Problem);

    [Fact]
    public void Sum_OneNumberIsNotFinite_IsAbsentAndNotTheRest()
    {
        var page = MetricPage.Parse("m{a=\"1\"} 2\nm{a=\"2\"} NaN\nm{a=\"3\"} 4\n");

        Assert.Null(page.Sum("m"));
        Assert.Equal(6, page.Sum("m", sample => sample.Label("a") != "2"));
        Assert.Null(page.Sum("other"));
        Assert.Null(page.Sum("m", _ => false));
    }

    /// <summary>10,000 damaged pages: none causes an exception, and each number of an accepted one is written in it.</summary>
    [Fact]
    public void Parse_MutatedPages_NeverThrowAndInventNoNumber()
    {
        var random = new Random(20);
        string[] scraps = ["\n", "{", "}", "\"", "\\", ",", " ", "1", "-", "e", "=", "#", "NaN", "+Inf", "1e999", "\u0000", "\u2028",
            "é😀", "gpu=\"", "99999999999999999999", "\r", "\t", "node_", ":"];
        for (var number = 0; number < 10_000; number++)
        {
            var text = ExporterPages.Read(ExporterPages.Names[number % ExporterPages.Names.Length]);
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                var (at, length) = (random.Next(text.Length), random.Next(0, 12));
                var scrap = random.Next(3) == 0 ? "" : scraps[random.Next(scraps.Length)];
                text = random.Next(4) == 0 ? text[..at] : text[..at] + scrap + text[Math.Min(text.Length, at + length)..];
                if (text.Length == 0)
                    text = scrap + "m 1";
            }

            var page = MetricPage.Parse(text);

            var written = text.Split([' ', '\t', '\n', '\r', '}'])
                .Select(word => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : double.NaN)
                .ToHashSet();
            Assert.All(page.Names.SelectMany(name => page[name]).Where(sample => double.IsFinite(sample.Value)),
                sample => Assert.Contains(sample.Value, written));
            foreach (var column in ExporterKind.Find(page).SelectMany(kind => kind.CreateColumns(page)))
            {
                Assert.Matches("^[a-z][a-z0-9_]{0,80}$", column.Name);
                _ = column.ReadFinite(page);
            }
            _ = ServerMetrics.Read(page);
        }
    }
}

using System.Globalization;
using CsCheck;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Telemetry;

namespace MemoryWall.Engine.Tests.Runs;

public sealed class TelemetryCsvTests : IDisposable
{
    private static readonly TelemetrySchema Schema = new()
    {
        Columns =
        [
            new("server_rss_anon_bytes", MetricKind.Gauge, "server", "Anonymous."),
            new("host_cpu_busy_seconds_total", MetricKind.Counter, "host_cpu", "Busy."),
        ],
        Devices = new Dictionary<string, string> { ["model"] = "vda" },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-telemetry-").FullName;

    private string Path1 => Path.Combine(_folder, "telemetry.csv");

    [Fact]
    public void Write_DecimalComma_IsTheSameText()
    {
        // The number formats of de-DE or ar-SA; the tests run without the system's cultures.
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NegativeSign = "−";
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = culture;
            Store(Sample(0.1, 1.5e12, null), Sample(0.2, null, 12.34));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        Assert.Equal("at_seconds,server_rss_anon_bytes,host_cpu_busy_seconds_total\n0.1,1500000000000,\n0.2,,12.34\n",
            File.ReadAllText(Path1));
    }

    [Fact]
    public void Read_AnySamples_ComeBackAsTheyWere() =>
        Gen.Select(Gen.Double[0, 1e6], Gen.Double, Gen.Double.Nullable()).Array[0, 20].Sample(rows =>
        {
            File.Delete(Path1);
            var samples = rows.Select(r => Sample(Math.Round(r.Item1, 9), r.Item2, r.Item3)).ToArray();
            Store(samples);

            var read = TelemetryCsvReader.Read(Path1, Schema);

            Assert.Empty(read.ReadWarnings);
            Assert.Equal(samples.Select(s => (s.At, s[0], s[1])), read.Samples.Select(s => (s.At, s[0], s[1])));
        }, iter: LongTests.Draws(200), threads: 1);

    [Fact]
    public void Read_FileCutAnywhere_LosesAtMostTheLastRowAndSaysSo()
    {
        Store([.. Enumerable.Range(0, 20).Select(i => Sample(i / 10.0, i * 1000, i))]);
        var bytes = File.ReadAllBytes(Path1);
        for (var length = 0; length <= bytes.Length; length++)
        {
            File.WriteAllBytes(Path1, bytes[..length]);

            var read = TelemetryCsvReader.Read(Path1, Schema);

            var whole = Math.Max(0, bytes.Take(length).Count(b => b == '\n') - 1);
            Assert.Equal(whole, read.Samples.Count);
            Assert.Equal(Enumerable.Range(0, whole).Select(i => (double?)i), read.Samples.Select(s => s[1]));
            if (length > 0 && bytes[length - 1] != '\n')
                Assert.Contains(read.ReadWarnings, f => f.Contains("middle of a line") || f.Contains("header"));
        }
    }

    [Fact]
    public void Read_Garbage_NeverThrows() =>
        Gen.Byte.Array[0, 400].Sample(bytes =>
        {
            File.WriteAllBytes(Path1, bytes);
            _ = TelemetryCsvReader.Read(Path1, null);
        }, iter: LongTests.Draws(500), threads: 1);

    [Fact]
    public void Read_DamagedCells_AreAbsentAndNamed()
    {
        File.WriteAllText(Path1, "at_seconds,a_bytes,b_total\n0.1,NaN,1\n0.2,x,2\nlater,1,3\n0.3,1\n0.4,5,6\n");

        var read = TelemetryCsvReader.Read(Path1, null);

        Assert.Equal([(0.1, null, 1.0), (0.2, null, 2.0), (0.4, 5.0, 6.0)], read.Samples.Select(s => (s.At.Seconds, s[0], s[1])));
        Assert.Equal([MetricKind.Gauge, MetricKind.Counter], read.Schema.Columns.Select(c => c.Kind));
        Assert.Equal(
            [
                "telemetry.csv line 2: a_bytes is not a number; it is read as absent",
                "telemetry.csv line 3: a_bytes is not a number; it is read as absent",
                "telemetry.csv line 4: at_seconds is not a time; the row is skipped",
                "telemetry.csv line 5: the line is damaged (it has another number of cells than the header) and skipped",
            ],
            read.ReadWarnings);
    }

    [Fact]
    public void Create_ResumedRun_BeginsAFileOfItsOwn()
    {
        Store(Sample(1, 1, 1));
        Store(Sample(0.5, 2, 2), Sample(0.6, 3, 3));

        var stretches = TelemetryFiles.ReadAll(_folder, Schema);

        Assert.Equal([1, 2], stretches.Select(s => s.Samples.Count));
        Assert.Equal("vda", stretches[1].Schema.Devices["model"]);
        Assert.Equal("Busy.", stretches[1].Schema.Columns[1].Meaning);
        Assert.True(File.Exists(Path.Combine(_folder, "telemetry-2.csv")));
    }

    [Fact]
    public void Write_DiskFull_SaysSoAndLeavesWholeRows()
    {
        using var root = new TemporaryRoot();
        using var disk = SmallDisk.MountOrSkip(root.Path, kibibytes: 64);
        using (var writer = TelemetryCsvWriter.Create(disk.Path, Schema))
        {
            var error = Assert.Throws<StoreException>(() =>
            {
                for (var i = 0; i < 10_000; i++)
                    writer.Write([Sample(i, i, i), Sample(i + 0.5, i, i)]);
            });
            Assert.Contains("No space left", error.Message);
            var before = TelemetryCsvReader.Read(Path.Combine(disk.Path, writer.FileName), Schema);
            Assert.Empty(before.ReadWarnings);
            Assert.True(before.Samples.Count > 100);

            disk.Grow(kibibytes: 1024);
            writer.Write([Sample(99_999, 1, 1)]);
        }

        Assert.Equal(99_999, TelemetryCsvReader.Read(Path.Combine(disk.Path, "telemetry.csv"), Schema).Samples[^1].At.Seconds);
    }

    [Fact]
    public void Create_FolderGone_NamesIt()
    {
        var error = Assert.Throws<StoreException>(() => TelemetryCsvWriter.Create(Path.Combine(_folder, "gone"), Schema));
        Assert.Contains("gone", error.Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static TelemetrySample Sample(double at, double? rss, double? busy) => new(Instant.FromSeconds(at), [rss, busy]);

    private void Store(params TelemetrySample[] samples)
    {
        using var writer = TelemetryCsvWriter.Create(_folder, Schema);
        writer.Write(samples);
    }
}

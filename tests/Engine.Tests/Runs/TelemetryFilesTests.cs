using CsCheck;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Runs;
using MemoryWall.Runs.Telemetry;

namespace MemoryWall.Engine.Tests.Runs;

/// <summary>Long telemetry is stored compactly, without losing or changing a row.</summary>
public sealed class TelemetryFilesTests : IDisposable
{
    private static readonly TelemetrySchema Schema = new()
    {
        Columns =
        [
            new("server_rss_anon_bytes", MetricKind.Gauge, "server", "Anonymous."),
            new("host_cpu_busy_seconds_total", MetricKind.Counter, "host_cpu", "Busy."),
            new("gpu0_power_watts", MetricKind.Gauge, "nvml", "Power."),
        ],
        Absent = [new("rapl", "not shown", null)],
        Devices = new Dictionary<string, string> { ["model"] = "vda" },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-compact-").FullName;

    private string Csv => Path.Combine(_folder, "telemetry.csv");

    private string Parquet => Path.Combine(_folder, "telemetry.parquet");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Compact_AnyRows_ComeBackAsTheyWere() =>
        Gen.Select(Gen.Double[0, 4e6], Gen.Double.Nullable(), Gen.Double.Nullable(), Gen.Const((double?)null)).Array[0, 40].Sample(rows =>
        {
            foreach (var file in Directory.GetFiles(_folder))
                File.Delete(file);
            Store(_folder, [.. rows.Select(r => new TelemetrySample(Instant.FromSeconds(r.Item1), [r.Item2, r.Item3, r.Item4]))]);
            var before = Assert.Single(TelemetryFiles.ReadAll(_folder, Schema));

            Assert.Equal("", string.Join("; ", TelemetryFiles.Compact(_folder, thresholdBytes: 0)));

            Assert.Equal(["telemetry.parquet"], Directory.GetFiles(_folder).Select(Path.GetFileName));
            Same(before, Assert.Single(TelemetryFiles.ReadAll(_folder, Schema)));
        }, iter: LongTests.Draws(100), threads: 1);

    [Fact]
    public void Compact_MoreRowsThanOneGroup_KeepsOrderAndNulls()
    {
        var rows = Enumerable.Range(0, 20_000)
            .Select(i => new TelemetrySample(Instant.FromSeconds(i / 100.0),
                [i, i % 3 == 0 ? null : i * 0.1, i % 10 == 0 ? 1.0 / (i + 1) : null])).ToArray();
        Store(_folder, rows);
        var before = Assert.Single(TelemetryFiles.ReadAll(_folder, Schema));
        var bytes = new FileInfo(Csv).Length;

        Assert.Empty(TelemetryFiles.Compact(_folder, thresholdBytes: 1000));

        Same(before, Assert.Single(TelemetryFiles.ReadAll(_folder, Schema)));
        Assert.True(new FileInfo(Parquet).Length < bytes);
    }

    [Fact]
    public void Compact_ShortFile_StaysAsItIs()
    {
        Store(_folder, [Row(1), Row(2)]);

        Assert.Empty(TelemetryFiles.Compact(_folder));

        Assert.True(File.Exists(Csv));
        Assert.False(File.Exists(Parquet));
    }

    [Fact]
    public void Compact_RunGoneOnWith_EachStretchKeepsItsPlace()
    {
        Store(_folder, [Row(1)]);
        Assert.Empty(TelemetryFiles.Compact(_folder, thresholdBytes: 0));
        Store(_folder, [Row(2), Row(3)]);
        Assert.Equal(["telemetry-2.csv", "telemetry.parquet"],
            Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Store(_folder, [Row(4)]);

        Assert.Empty(TelemetryFiles.Compact(_folder, thresholdBytes: 0));

        Assert.Equal([1, 2, 1], TelemetryFiles.ReadAll(_folder, Schema).Select(stretch => stretch.Samples.Count));
        Assert.Equal(["telemetry-2.parquet", "telemetry-3.parquet", "telemetry.parquet"],
            Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("9,broken")]
    [InlineData("9,1,2,3\n9.5,not a number,2,3\n")]
    [InlineData("no time,1,2,3\n")]
    public void Compact_DamagedLines_TheFileStaysAndTheReasonIsReported(string damage)
    {
        Store(_folder, [Row(1), Row(2)]);
        File.AppendAllText(Csv, damage);
        var bytes = File.ReadAllBytes(Csv);

        var stayed = Assert.Single(TelemetryFiles.Compact(_folder, thresholdBytes: 0));

        Assert.Contains("telemetry.csv", stayed);
        Assert.Equal(bytes, File.ReadAllBytes(Csv));
        Assert.Equal(["telemetry.csv"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Compact_NoRoomForTheNewFile_TheOldOneStays()
    {
        Store(_folder, [Row(1), Row(2)]);
        // A folder has the name of the temporary file, so it cannot be written.
        Directory.CreateDirectory(Parquet + ".tmp");

        var stayed = Assert.Single(TelemetryFiles.Compact(_folder, thresholdBytes: 0));

        Assert.Contains("was not converted to Parquet", stayed);
        Assert.Equal(2, Assert.Single(TelemetryFiles.ReadAll(_folder, Schema)).Samples.Count);
        Directory.Delete(Parquet + ".tmp");
    }

    [Fact]
    public void ReadAll_KilledBetweenPuttingInPlaceAndTakingAway_CountsTheRowsOnce()
    {
        Store(_folder, [Row(1), Row(2)]);
        var csv = File.ReadAllBytes(Csv);
        Assert.Empty(TelemetryFiles.Compact(_folder, thresholdBytes: 0));
        File.WriteAllBytes(Csv, csv);

        Assert.Equal(2, Assert.Single(TelemetryFiles.ReadAll(_folder, Schema)).Samples.Count);

        Assert.Empty(TelemetryFiles.Compact(_folder, thresholdBytes: 0));
        Assert.False(File.Exists(Csv));
        Assert.Equal(2, Assert.Single(TelemetryFiles.ReadAll(_folder, Schema)).Samples.Count);
    }

    [Fact]
    public void ReadAll_DamagedParquet_NeverThrowsAndSaysSo()
    {
        Store(_folder, [.. Enumerable.Range(0, 200).Select(i => Row(i))]);
        Assert.Empty(TelemetryFiles.Compact(_folder, thresholdBytes: 0));
        var whole = File.ReadAllBytes(Parquet);
        Gen.Select(Gen.Int[0, whole.Length], Gen.Int[0, whole.Length - 1].Array[0, 4], Gen.Byte).Sample((length, places, value) =>
        {
            var bytes = whole[..(places.Length == 0 ? length : whole.Length)];
            foreach (var place in places)
                bytes[place] = value;
            File.WriteAllBytes(Parquet, bytes);

            var read = Assert.Single(TelemetryFiles.ReadAll(_folder, Schema));

            if (bytes.Length < whole.Length)
                Assert.NotEmpty(read.ReadWarnings);
        }, iter: LongTests.Draws(400), threads: 1);
        Gen.Byte.Array[0, 300].Sample(bytes =>
        {
            File.WriteAllBytes(Parquet, bytes);
            Assert.NotEmpty(Assert.Single(TelemetryFiles.ReadAll(_folder, Schema)).ReadWarnings);
        }, iter: LongTests.Draws(200), threads: 1);
    }

    [Fact]
    public void Read_RunWithCompactTelemetry_IsTheRunThatItWas()
    {
        var store = new RunStore(_folder);
        var manifest = StoreSamples.Manifest("compact") with { Telemetry = Schema };
        string folder;
        using (var writer = store.Create(manifest))
        {
            folder = writer.Directory;
            Store(folder, [Row(1), Row(2)]);
            Assert.Empty(TelemetryFiles.Compact(folder, thresholdBytes: 0));
        }

        var timeline = Assert.Single(store.Read("compact").Telemetry);

        Assert.Equal(Schema.Columns, timeline.Schema.Columns);
        Assert.Equal("vda", timeline.Schema.Devices["model"]);
        Assert.Equal("rapl", Assert.Single(timeline.Schema.Absent).Name);
        Assert.Equal([1, 2], timeline.Samples.Select(sample => sample.At.Seconds));
    }

    private static void Store(string folder, IReadOnlyList<TelemetrySample> rows)
    {
        using var writer = TelemetryCsvWriter.Create(folder, Schema);
        writer.Write(rows);
    }

    private static TelemetrySample Row(double seconds) => new(Instant.FromSeconds(seconds), [seconds * 1e9, seconds, null]);

    private static void Same(TelemetryTimeline expected, TelemetryTimeline actual)
    {
        Assert.Empty(actual.ReadWarnings);
        Assert.Equal(expected.Schema.Columns, actual.Schema.Columns);
        Assert.Equal(expected.Samples.Select(s => (s.At, s[0], s[1], s[2])), actual.Samples.Select(s => (s.At, s[0], s[1], s[2])));
    }
}

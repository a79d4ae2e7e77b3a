using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Notebooks.Frames;
using Microsoft.Data.Analysis;
using Parquet.Serialization;

namespace MemoryWall.Notebooks.Tests.Frames;

public class ResponseFrameTests
{
    private static readonly Run s_sample = Runs.Open("samples/context-sweep");

    [Fact]
    public void Trials_TypesAndNulls_AreKept()
    {
        var frame = Frame.Trials(Sample.Run([Sample.Trial(1, 2048, 2, 1), Sample.Failed(2, 4096, new OutOfMemory("killed"))]));
        Assert.Equal(typeof(long), frame["context_tokens"].DataType);
        Assert.Equal(typeof(double), frame["prefill_tps"].DataType);
        Assert.Equal(typeof(string), frame["outcome"].DataType);
        Assert.Equal(1024.0, frame["prefill_tps"][0]);
        Assert.Null(frame["prefill_tps"][1]);
        Assert.Null(frame["kv_bytes"][0]);
        Assert.Equal("out_of_memory", frame["outcome"][1]);
    }

    [Fact]
    public void Trials_WhateverTheValues_HaveTheSameTypes()
    {
        var empty = Frame.Trials(Sample.Run([]));
        Assert.All([s_sample, Runs.Open("samples/wall-managed"), Sample.Run([Sample.Failed(2, 4096, new OutOfMemory("killed"))])],
            run => Assert.Equal(empty.Columns.Select(column => (column.Name, column.DataType)),
                Frame.Trials(run).Columns.Select(column => (column.Name, column.DataType))));
        Assert.Equal(typeof(double), empty["generation_tps_at_most"].DataType);
        Assert.Equal(typeof(bool), empty["tier_emulated"].DataType);
        Assert.Equal(typeof(string), empty["tier_state_note"].DataType);
    }

    [Fact]
    public void Trials_NoTrial_HasTheColumnsAllTheSame()
    {
        var empty = Frame.Trials(Sample.Run([]));
        var full = Frame.Trials(Sample.Run([Sample.Trial(1, 2048, 2, 1)]));
        Assert.Equal(0, empty.Rows.Count);
        Assert.Equal(full.Columns.Select(column => column.Name), empty.Columns.Select(column => column.Name));
    }

    [Fact]
    public void Trials_Warmups_OnlyWhereAskedFor()
    {
        Assert.Equal(18, Frame.Trials(s_sample).Rows.Count);
        Assert.Equal(19, Frame.Trials(s_sample, withWarmups: true).Rows.Count);
    }

    [Fact]
    public void Tokens_Sample_HoldsEveryMark() =>
        Assert.Equal(s_sample.Marks.Sum(entry => entry.Value.Count), Frame.Tokens(s_sample).Rows.Count);

    [Fact]
    public void Telemetry_Sample_HoldsEveryRowAndColumn()
    {
        var frame = Frame.Telemetry(s_sample);
        Assert.Equal(s_sample.Telemetry[0].Samples.Count, frame.Rows.Count);
        Assert.Equal(s_sample.Telemetry[0].Schema.Columns.Count + 2, frame.Columns.Count);
    }

    [Fact]
    public void Csv_Hostile_IsInertWithADecimalComma()
    {
        var frame = new DataFrame(
            new StringDataFrameColumn("model", ["=cmd()", "@x", "＝1", "a,b\n\"\u202Ec\"", null!]),
            new PrimitiveDataFrameColumn<double>("delta_seconds", [-0.5, 1.25, null, 1e-9, 3]));
        var csv = CommaCulture.Run(() =>
        {
            using var text = new StringWriter();
            DataFrameCsv.Write(frame, text);
            return text.ToString();
        });
        Assert.Equal("model,delta_seconds\n'=cmd(),-0.5\n'@x,1.25\n'＝1,\n\"a,b \"\" c\"\"\",1E-09\n,3\n", csv);
    }

    [Fact]
    public async Task Parquet_Sample_ReadsBackAsItWas()
    {
        var frame = Frame.Trials(s_sample);
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            await frame.SaveParquetAsync(path);
            var rows = await ReadAsync(path);
            Assert.Equal(frame.Rows.Count, rows.Count);
            foreach (var column in frame.Columns)
                Assert.Equal(Enumerable.Range(0, rows.Count).Select(row => column[row]),
                    rows.Select(row => row.TryGetValue(column.Name, out var value) ? value : null));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Comparison_OfTheKvSamples_HasARowForEachQuantityAndContext()
    {
        var frame = Frame.Comparison(Runs.Open("samples/kv-f16"), Runs.Open("samples/kv-q8_0"));
        Assert.Equal(9, frame.Rows.Count);
        Assert.True((double)frame["ratio"][0] > 0);
    }

    [Fact]
    public void Forecast_Columns_AddUp()
    {
        var frame = Frame.Forecast(Forecast.Table("llama-3.1-8b"));
        Assert.Equal((long)frame["total_bytes"][0],
            (long)frame["weights_bytes"][0] + (long)frame["kv_bytes"][0] + (long)frame["recurrent_bytes"][0]
                + (long)frame["compute_bytes"][0] + (long)frame["other_bytes"][0]);
    }

    private static async Task<IReadOnlyList<Dictionary<string, object?>>> ReadAsync(string path)
    {
        await using var file = File.OpenRead(path);
        var result = await ParquetSerializer.DeserializeUntypedAsync(file);
        return [.. result.Data.Select(row => row.ToDictionary(cell => cell.Key, cell => (object?)cell.Value))];
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using MemoryWall.Core.Time;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Vocabularies;
using MemoryWall.Prompts;
using MemoryWall.Protocol;
using MemoryWall.Targets.Http;
using MemoryWall.Targets.LlamaCpp;

namespace MemoryWall.Benchmarks.OnePass;

/// <summary>llama.cpp's own programs, as installed on the system.</summary>
internal sealed class LlamaTools(OnePassOptions options, string path, int threads)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private string Model => options.ExternalModel ?? path;

    /// <summary>
    /// llama-bench's table: at each depth, prefill of the stretch after it and generation, with one repetition. For one depth it computes
    /// the depth once.
    /// </summary>
    public async Task<Curve> BenchAsync()
    {
        var started = Stopwatch.GetTimestamp();
        using var bench = Start(options.LlamaBench!, [
            "-m", Model, "-p", $"{options.Stretch}", "-n", $"{options.Output}", "-d", string.Join(',', options.Contexts), "-b",
            $"{Engine.Batch}", "-ub", $"{Engine.Batch}",
            "-t", $"{threads}", "-r", "1", "-o", "jsonl"]);
        var output = await bench.StandardOutput.ReadToEndAsync();
        await bench.WaitForExitAsync();
        var took = Stopwatch.GetElapsedTime(started);
        if (bench.ExitCode != 0)
            throw new InvalidOperationException($"llama-bench ended with {bench.ExitCode}");
        var points = new Dictionary<int, Point>();
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var test = JsonDocument.Parse(line).RootElement;
            var (depth, rate) = (test.GetProperty("n_depth").GetInt32(), test.GetProperty("avg_ts").GetDouble());
            var point = points.GetValueOrDefault(depth);
            points[depth] = test.GetProperty("n_prompt").GetInt32() > 0 ? point with { AtDepth = rate } : point with { Generation = rate };
        }
        return new Curve(took, points);
    }

    /// <summary>A growing prompt on llama-server, including the server's start and end.</summary>
    public async Task<Curve> ServerAsync(Engine engine)
    {
        var started = Stopwatch.GetTimestamp();
        var port = FreePort();
        using var server = Start(options.LlamaServer!, [
            "-m", Model, "--host", "127.0.0.1", "--port", $"{port}", "-c", $"{options.Contexts[^1] + 2 * options.Output + 16}", "-np", "1",
            "-b", $"{Engine.Batch}", "-ub", $"{Engine.Batch}", "-t", $"{threads}"]);
        try
        {
            var setup = new TargetSetup { Endpoint = new Uri($"http://127.0.0.1:{port}"), Model = "" };
            await using var target = new LlamaCppTarget(setup, RunClock.Start());
            await ReadyAsync(target);
            var prompts = await PromptFactory.CreateAsync(VocabularyReader.Read(ModelMetadata.FromFile(path)), null, new PromptSettings(),
                CancellationToken.None);
            var reports = await engine.PassAsync(target, prompts, options.Contexts, synthetic: false);
            foreach (var note in reports.SelectMany(report => report.Notes).Distinct())
                Console.WriteLine($"  note: {note}");
            return new Curve(Stopwatch.GetElapsedTime(started), Curve.ComputePoints(reports, options.Stretch));
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
        }
    }

    private static async Task ReadyAsync(LlamaCppTarget target)
    {
        var started = Stopwatch.StartNew();
        while ((await target.ProbeAsync(CancellationToken.None)).Problem is { } problem)
        {
            if (started.Elapsed > s_patience)
                throw new InvalidOperationException($"llama-server did not come up: {problem.Detail}");
            await Task.Delay(100);
        }
    }

    private static Process Start(string[] command, string[] arguments)
    {
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in command[1..].Concat(arguments))
            start.ArgumentList.Add(argument);
        OpenMpWaiting.Set(start.Environment);
        var process = Process.Start(start) ?? throw new InvalidOperationException($"'{command[0]}' did not start");
        // The output is not used, but a full pipe would stop the program.
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }

    private static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}

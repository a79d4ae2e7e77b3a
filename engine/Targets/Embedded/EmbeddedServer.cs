using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using MemoryWall.Machine.Processes;
using MemoryWall.Protocol;

namespace MemoryWall.Targets.Embedded;

/// <summary>
/// The default target: llama.cpp in a child process, listening on loopback behind a secret of this launch. A child, because a failing
/// allocation or assertion in native code must not take the run with it. It ends when this process ends, however that happens: it
/// watches its standard input, which the system closes with us.
/// </summary>
internal sealed class EmbeddedServer : IAsyncDisposable
{
    private static readonly TimeSpan s_exitTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_drainTimeout = TimeSpan.FromSeconds(2);

    private readonly Launch _launch;

    private EmbeddedServer(Launch launch, int port, string secret)
    {
        _launch = launch;
        Endpoint = new Uri($"http://127.0.0.1:{port}");
        Secret = secret;
    }

    /// <summary>Where it listens.</summary>
    public Uri Endpoint { get; }

    /// <summary>The secret that every request must carry.</summary>
    public string Secret { get; }

    /// <summary>Its process.</summary>
    public int ProcessId => _launch.Process.Id;

    /// <summary>Whether its process has ended.</summary>
    public bool HasExited => _launch.Process.HasExited;

    /// <summary>The program that would be started.</summary>
    /// <exception cref="EmbeddedServerException">There is none.</exception>
    public static string ProgramPath()
    {
        var files = LlamaServerProgram.Find();
        return files.Arguments.Count == 0 ? files.FileName : files.Arguments[^1];
    }

    /// <summary>Starts a server and waits until it listens.</summary>
    /// <exception cref="EmbeddedServerException">It did not start; the message contains its own words.</exception>
    public static async Task<EmbeddedServer> StartAsync(EmbeddedServerOptions options, CancellationToken cancellation)
    {
        var files = LlamaServerProgram.Find();
        var secret = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        var start = new ProcessStartInfo(files.FileName)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        foreach (var argument in files.Arguments.Concat(
            ["--model", options.ModelPath, "--name", options.ModelName, "--port", "0", "--parent-stdin"]))
            start.ArgumentList.Add(argument);
        start.Environment[EmbeddedProtocol.SecretEnvironmentVariable] = secret;
        // With the default policy two threads that share cores with anything else spin on each other and throughput collapses;
        // the OpenMP runtime reads it once, before main.
        start.Environment["OMP_WAIT_POLICY"] = "PASSIVE";
        // What the process holds beside the model shall not depend on what it did before: glibc would otherwise keep freed buffers once it
        // has seen large ones go, and the runtime sizes its youngest generation by the processor's cache.
        start.Environment["MALLOC_MMAP_THRESHOLD_"] = "1048576";
        start.Environment["MALLOC_ARENA_MAX"] = "2";
        start.Environment["DOTNET_GCgen0size"] = "400000";
        // A native abort must end the process at once, not start a debugger to print a stack.
        start.Environment["GGML_NO_BACKTRACE"] = "1";
        if (files.RuntimeRoot is { } root)
            start.Environment["DOTNET_ROOT"] = root;
        options.ConfigureStart?.Invoke(start);

        Process process;
        try
        {
            process = Process.Start(start) ?? throw new EmbeddedServerException($"'{start.FileName}' did not start");
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new EmbeddedServerException($"'{start.FileName}' could not be started: {error.Message}");
        }
        var kills = OomKillCounter.ForProcess(process.Id);
        var killsAtStart = kills.Read();
        var logTail = new LogTail();
        var logPump = PumpAsync(process.StandardError, line =>
        {
            logTail.Add(line);
            options.OnLogLine?.Invoke(line);
        });
        try
        {
            var port = await HandshakeAsync(process, options.StartTimeout, logTail, logPump, cancellation).ConfigureAwait(false);
            _ = PumpAsync(process.StandardOutput, static _ => { });
            return new EmbeddedServer(new Launch(process, logTail, logPump, kills, killsAtStart), port, secret);
        }
        catch
        {
            await StopAsync(process, logPump).ConfigureAwait(false);
            process.Dispose();
            throw;
        }
    }

    /// <summary>How the process ended; null while it runs. Waits a moment for the last words.</summary>
    /// <param name="timeout">How long a process that is just ending may take.</param>
    public async Task<ServerExit?> WaitForExitAsync(TimeSpan timeout)
    {
        using var limit = new CancellationTokenSource(timeout);
        try
        {
            await _launch.Process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        await Task.WhenAny(_launch.LogPump, Task.Delay(s_drainTimeout)).ConfigureAwait(false);
        return new ServerExit(_launch.Process.ExitCode, _launch.OomKills.Read() - _launch.OomKillsAtStart, _launch.LogTail.ToString());
    }

    /// <summary>Ends the server: politely by closing its standard input, by force when it does not listen.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(_launch.Process, _launch.LogPump).ConfigureAwait(false);
        _launch.Process.Dispose();
    }

    private static async Task<int> HandshakeAsync(Process process, TimeSpan limit, LogTail lastLines, Task log,
        CancellationToken cancellation)
    {
        using var timed = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timed.CancelAfter(limit);
        string? line;
        try
        {
            line = await process.StandardOutput.ReadLineAsync(timed.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new EmbeddedServerException(
                FormattableString.Invariant(
                    $"the embedded server did not listen within {limit.TotalSeconds:0} s; its last log lines: {lastLines}"));
        }
        if (line is null)
            await Task.WhenAny(log, Task.Delay(s_drainTimeout, cancellation)).ConfigureAwait(false);
        var (port, problem) = ReadHandshake(line);
        return port ?? throw new EmbeddedServerException($"the embedded server did not start: {problem ?? lastLines.ToString()}");
    }

    private static (int? Port, string? Problem) ReadHandshake(string? line)
    {
        if (line is null)
            return (null, null);
        try
        {
            var handshake = JsonSerializer.Deserialize(line, EmbeddedJson.Default.Handshake);
            return handshake?.Error is { } error ? (null, error)
                : handshake?.Port is { } port ? (port, null)
                : (null, $"its first line has no port: '{line}'");
        }
        catch (JsonException)
        {
            return (null, $"its first line is not JSON: '{line}'");
        }
    }

    private static async Task PumpAsync(StreamReader reader, Action<string> line)
    {
        // Runs to the end of the pipe: a full pipe would stop the child in the middle of a measurement.
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } text)
            line(text);
    }

    private static async Task StopAsync(Process process, Task log)
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // Its end of the pipe is gone already.
        }
        using var patience = new CancellationTokenSource(s_exitTimeout);
        try
        {
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync().ConfigureAwait(false);
        }
        await Task.WhenAny(log, Task.Delay(s_drainTimeout)).ConfigureAwait(false);
    }

    /// <summary>The process and what watches it.</summary>
    private sealed record Launch(Process Process, LogTail LogTail, Task LogPump, OomKillCounter OomKills, long? OomKillsAtStart);
}

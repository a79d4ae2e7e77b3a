using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using MemoryWall.Machine.Processes;
using MemoryWall.Protocol;

namespace MemoryWall.Targets.Embedded;

/// <summary>
/// The default target: llama.cpp in a child process that listens on loopback and requires a secret of this launch. It is a child process
/// because a failed allocation or assertion in native code would otherwise end the run. It ends with this process in every case: it
/// watches its standard input, which the operating system closes when this process ends.
/// </summary>
internal sealed class EmbeddedServer : IAsyncDisposable
{
    private static readonly TimeSpan s_exitTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_drainTimeout = TimeSpan.FromSeconds(2);

    private readonly Launch _launch;

    private EmbeddedServer(Launch launch, Uri endpoint, string secret)
    {
        _launch = launch;
        Endpoint = endpoint;
        Secret = secret;
    }

    /// <summary>The address on which it listens.</summary>
    public Uri Endpoint { get; }

    /// <summary>The secret that every request of this process must carry; empty where it serves others, with or without their
    /// key.</summary>
    public string Secret { get; }

    /// <summary>The id of its process.</summary>
    public int ProcessId => _launch.Process.Id;

    /// <summary>Whether its process has ended.</summary>
    public bool HasExited => _launch.Process.HasExited;

    /// <summary>The path of the server program.</summary>
    /// <exception cref="EmbeddedServerException">The program does not exist.</exception>
    public static string ProgramPath()
    {
        var files = LlamaServerProgram.Find();
        return files.Arguments.Count == 0 ? files.FileName : files.Arguments[^1];
    }

    /// <summary>Starts a server and waits until it listens.</summary>
    /// <exception cref="EmbeddedServerException">The server did not start; the message contains its error message or its last log
    /// lines.</exception>
    public static async Task<EmbeddedServer> StartAsync(EmbeddedServerOptions options, CancellationToken cancellation)
    {
        var files = LlamaServerProgram.Find();
        var secret = options.Serving is null ? Convert.ToHexString(RandomNumberGenerator.GetBytes(32)) : "";
        var start = new ProcessStartInfo(files.FileName)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        foreach (var argument in files.Arguments.Concat(
            ["--model", options.ModelPath, "--name", options.ModelName, "--parent-stdin", .. ListAddressArguments(options.Serving)]))
            start.ArgumentList.Add(argument);
        // A null removes the variable.
        start.Environment[EmbeddedProtocol.SecretEnvironmentVariable] = options.Serving is null ? secret : null;
        options.Serving?.Key?.PassTo(start, EmbeddedProtocol.SecretEnvironmentVariable);
        OpenMpWaiting.Set(start.Environment);
        // The memory of the process apart from the model must not depend on earlier requests. By default glibc keeps freed large buffers,
        // and the .NET runtime sizes its youngest generation by the processor's cache.
        start.Environment["MALLOC_MMAP_THRESHOLD_"] = "1048576";
        start.Environment["MALLOC_ARENA_MAX"] = "2";
        start.Environment["DOTNET_GCgen0size"] = "400000";
        // A native abort must end the process at once instead of starting a debugger to print a stack.
        start.Environment["GGML_NO_BACKTRACE"] = "1";
        if (files.RuntimeRoot is { } root)
            start.Environment["DOTNET_ROOT"] = root;
        options.ConfigureStart?.Invoke(start);

        Process process;
        try
        {
            process = Process.Start(start)
                ?? throw new EmbeddedServerException($"the embedded server '{start.FileName}' did not start");
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new EmbeddedServerException($"the embedded server '{start.FileName}' could not be started: {error.Message}");
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
            return new EmbeddedServer(new Launch(process, logTail, logPump, kills, killsAtStart), CreateEndpoint(options.Serving, port),
                secret);
        }
        catch
        {
            await StopAsync(process, logPump).ConfigureAwait(false);
            process.Dispose();
            throw;
        }
    }

    /// <summary>How the process ended; null while it runs. Waits up to 2 seconds for the last log lines.</summary>
    /// <param name="timeout">How long to wait for the process to end.</param>
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

    /// <summary>Ends the server by closing its standard input, and kills it where it has not ended after 3 seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(_launch.Process, _launch.LogPump).ConfigureAwait(false);
        _launch.Process.Dispose();
    }

    private static string[] ListAddressArguments(EmbeddedServing? serving) => serving is null
        ? ["--port", "0"]
        : ["--port", serving.Port.ToString(CultureInfo.InvariantCulture), "--host", serving.Host.ToString(), "--served",
            JsonSerializer.Serialize(EmbeddedRequestBuilder.ToLoadOptions(serving.Options, serving.WindowTokens),
                EmbeddedJson.Default.GenerateOptions)];

    // A server that listens on every address of the machine is reached from here on loopback.
    private static Uri CreateEndpoint(EmbeddedServing? serving, int port)
    {
        var host = serving?.Host switch
        {
            null => IPAddress.Loopback,
            var any when any.Equals(IPAddress.Any) => IPAddress.Loopback,
            var any when any.Equals(IPAddress.IPv6Any) => IPAddress.IPv6Loopback,
            var one => one,
        };
        return new UriBuilder("http", host.ToString(), port).Uri;
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
                    $"the embedded server did not start to listen within {limit.TotalSeconds:0} s; its last log lines: {lastLines}"));
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
        // Reads to the end of the pipe, since a full pipe would block the child during a measurement.
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
            // The child has already closed its end of the pipe.
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

    /// <summary>The process, its log and the counter of kills for lack of memory.</summary>
    private sealed record Launch(Process Process, LogTail LogTail, Task LogPump, OomKillCounter OomKills, long? OomKillsAtStart);
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MemoryWall.ScriptedServer;

/// <summary>
/// An HTTP server on raw sockets that sends any scripted answer: torn lines, resets, silence. It uses one thread per connection, so that
/// its timing does not depend on a thread pool. It listens on loopback only.
/// </summary>
public sealed class LyingServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Socket, bool> _open = new();
    private readonly Func<ScriptedRequest, Reply> _answer;

    private LyingServer(Func<ScriptedRequest, Reply> answer)
    {
        _answer = answer;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(64);
        Endpoint = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}/");
        Start(Accept, "scripted listener");
    }

    public Uri Endpoint { get; }

    /// <summary>Every request, in order of arrival.</summary>
    public ConcurrentQueue<ScriptedRequest> Requests { get; } = new();

    /// <summary>The times at which the bytes of each content step were written to the socket (Stopwatch timestamps).</summary>
    public ConcurrentQueue<long> Sent { get; } = new();

    /// <summary>Number of accepted connections.</summary>
    public int Connections { get; private set; }

    /// <summary>Whether the times of sending are recorded.</summary>
    public bool KeepSent { get; init; }

    public static LyingServer Start(Func<ScriptedRequest, Reply> answer, bool keepSent = false) => new(answer) { KeepSent = keepSent };

    public ValueTask DisposeAsync()
    {
        _stop.Cancel();
        _listener.Dispose();
        foreach (var socket in _open.Keys)
            socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private static void Start(Action run, string name) => new Thread(() => run()) { IsBackground = true, Name = name }.Start();

    private void Accept()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = _listener.Accept();
                Connections++;
                _open[socket] = true;
                Start(() => Serve(socket), "scripted connection");
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Serve(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            using var stream = new NetworkStream(socket);
            if (Read(stream) is not { } request)
                return;
            // The script's time starts when the request has arrived, not when its answer is ready.
            var begun = Stopwatch.GetTimestamp();
            Requests.Enqueue(request);
            Play(socket, _answer(request), begun);
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            // The client closed the connection.
        }
        finally
        {
            _open.TryRemove(socket, out _);
            socket.Dispose();
        }
    }

    private void Play(Socket socket, Reply reply, long planned)
    {
        foreach (var step in reply.Steps)
        {
            switch (step.Kind)
            {
                case StepKind.Wait:
                    planned += (long)(step.Time.TotalSeconds * Stopwatch.Frequency);
                    PreciseWait.Until(planned, _stop.Token);
                    break;
                case StepKind.Send:
                    if (KeepSent && step.IsContent)
                        Sent.Enqueue(Stopwatch.GetTimestamp());
                    Send(socket, step.Data, reply.TearEvery);
                    break;
                case StepKind.Forever:
                    while (!_stop.IsCancellationRequested)
                        Send(socket, step.Data, reply.TearEvery);
                    break;
                case StepKind.Reset:
                    socket.LingerState = new LingerOption(true, 0);
                    return;
                case StepKind.Hang:
                    socket.ReceiveTimeout = 0;
                    socket.Receive(new byte[1]);
                    return;
                default:
                    return;
            }
        }
        socket.Shutdown(SocketShutdown.Send);
    }

    private static void Send(Socket socket, ReadOnlySpan<byte> data, int tearEvery)
    {
        while (!data.IsEmpty)
        {
            var piece = tearEvery > 0 ? data[..Math.Min(tearEvery, data.Length)] : data;
            data = data[socket.Send(piece)..];
        }
    }

    private static ScriptedRequest? Read(Stream stream)
    {
        var head = new List<byte>();
        while (!(head.Count >= 4 && head[^4] == '\r' && head[^3] == '\n' && head[^2] == '\r' && head[^1] == '\n'))
        {
            if (stream.ReadByte() is not (>= 0 and var next))
                return null;
            head.Add((byte)next);
        }
        var lines = Encoding.Latin1.GetString([.. head]).Split("\r\n");
        var headers = lines.Skip(1).Where(line => line.Contains(':', StringComparison.Ordinal))
            .ToDictionary(line => line[..line.IndexOf(':', StringComparison.Ordinal)],
                line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim(), StringComparer.OrdinalIgnoreCase);
        var body = headers.TryGetValue("Transfer-Encoding", out var coding)
            && coding.Contains("chunked", StringComparison.OrdinalIgnoreCase)
            ? ReadChunks(stream)
            : new byte[headers.TryGetValue("Content-Length", out var length)
                ? int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)
                : 0];
        if (coding is null)
            stream.ReadExactly(body);
        var first = lines[0].Split(' ');
        return new ScriptedRequest(first[0], first[1], headers, body);
    }

    private static byte[] ReadChunks(Stream stream)
    {
        var body = new MemoryStream();
        while (true)
        {
            var size = new StringBuilder();
            while (stream.ReadByte() is var next && next != '\n')
                size.Append((char)next);
            var chunk = new byte[int.Parse(size.ToString().Trim(), System.Globalization.NumberStyles.HexNumber,
                System.Globalization.CultureInfo.InvariantCulture)];
            stream.ReadExactly(chunk);
            body.Write(chunk);
            stream.ReadByte();
            stream.ReadByte();
            if (chunk.Length == 0)
                return body.ToArray();
        }
    }
}

using System.Threading.Channels;
using MemoryWall.Time;

namespace MemoryWall.Targets.Http;

/// <summary>
/// Reads a response as fast as it comes, on a task of its own, and stamps each piece before anybody looks at it. The consumer gets whole
/// lines with the stamp of the piece that completed them; however slow it is, the stamps are not delayed by it.
/// </summary>
internal sealed class ArrivalStream : IAsyncDisposable
{
    private const int PieceBytes = 16 << 10;

    // A line of an answer holds one token or the final counts. What is longer is no answer; it is cut off, not kept.
    private const int MostLineBytes = 1 << 20;

    // An endless answer must not fill memory; far more lines than any answer has.
    private const int MostLines = 4_000_000;

    private readonly Channel<ArrivedLine> _lines = Channel.CreateUnbounded<ArrivedLine>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly CancellationTokenSource _stop;
    private readonly Task _pump;
    private int _count;

    private ArrivalStream(Stream source, RunClock clock, CancellationToken cancellation)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _pump = Task.Run(() => PumpAsync(source, clock), CancellationToken.None);
    }

    /// <summary>The lines, without their ends. Completes with the exception that ended the reading, if any.</summary>
    public ChannelReader<ArrivedLine> Lines => _lines.Reader;

    /// <summary>Starts reading.</summary>
    public static ArrivalStream Start(Stream source, RunClock clock, CancellationToken cancellation) => new(source, clock, cancellation);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _pump.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task PumpAsync(Stream source, RunClock clock)
    {
        var piece = new byte[PieceBytes];
        var held = Array.Empty<byte>();
        try
        {
            while (true)
            {
                var count = await source.ReadAsync(piece, _stop.Token).ConfigureAwait(false);
                var arrived = clock.Now;
                if (count == 0)
                    break;
                held = Split(held, piece.AsSpan(0, count), arrived);
            }
            if (held.Length > 0)
                Emit(held, clock.Now, isWhole: false);
            _lines.Writer.TryComplete();
        }
        catch (Exception error)
        {
            _lines.Writer.TryComplete(error);
        }
    }

    private byte[] Split(byte[] held, ReadOnlySpan<byte> piece, Instant arrived)
    {
        while (piece.IndexOf((byte)'\n') is var end and >= 0)
        {
            Emit([.. held, .. piece[..end]], arrived, isWhole: true);
            held = [];
            piece = piece[(end + 1)..];
        }
        if (held.Length + piece.Length > MostLineBytes)
            throw new InvalidDataException($"a line of more than {MostLineBytes} bytes");
        return piece.IsEmpty ? held : [.. held, .. piece];
    }

    private void Emit(byte[] line, Instant arrived, bool isWhole)
    {
        if (++_count > MostLines)
            throw new InvalidDataException($"more than {MostLines} lines");
        _lines.Writer.TryWrite(new ArrivedLine(line, arrived, isWhole));
    }
}

/// <summary>One line of an answer.</summary>
/// <param name="Bytes">Its bytes without the line's end.</param>
/// <param name="Arrived">When its last byte arrived.</param>
/// <param name="IsWhole">Whether its end arrived; false for what the connection left behind when it closed.</param>
internal readonly record struct ArrivedLine(ReadOnlyMemory<byte> Bytes, Instant Arrived, bool IsWhole);

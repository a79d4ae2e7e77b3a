using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// Linux's asynchronous reads: all pieces of a stretch, and those of the stretches behind it, are given to the device at once. One after the other the device
/// would rest from the end of each until the reading thread gets a processor again, and while a model computes on all of them that takes as long as the piece.
/// Used by one thread at a time.
/// </summary>
internal sealed unsafe partial class KernelReads : IDisposable
{
    private const int Most = 64;
    private readonly nuint _context;
    private readonly Queue<Piece> _waiting = [];
    private readonly Piece[] _given = new Piece[Most];
    private readonly Stack<int> _free = new(Enumerable.Range(0, Most));

    private KernelReads(nuint context) => _context = context;

    /// <summary>Null where the system does not have them, or does not allow them.</summary>
    public static KernelReads? Open()
    {
        nuint context = 0;
        return Numbers is { } numbers && Call(numbers.Setup, Most, (nint)(&context)) == 0 ? new KernelReads(context) : null;
    }

    /// <summary>Asks for a stretch. Its memory must stay until <see cref="Await"/> has returned.</summary>
    /// <param name="file">The file, open for direct reads.</param>
    /// <param name="offset">Where.</param>
    /// <param name="memory">Whereto.</param>
    /// <param name="bytes">How many.</param>
    /// <param name="piece">The most in one transfer.</param>
    public Stretch Ask(int file, long offset, nint memory, long bytes, long piece)
    {
        var stretch = new Stretch(bytes, piece);
        for (var i = 0; i < stretch.Pieces; i++)
            _waiting.Enqueue(new Piece(stretch, i, file, offset + i * piece, memory + (nint)(i * piece), Math.Min(piece, bytes - i * piece)));
        Submit();
        return stretch;
    }

    /// <summary>Waits until a stretch is read, as far as it can be.</summary>
    /// <returns>How many bytes from the first on are there; what is missing, and why, a plain read tells.</returns>
    public long Await(Stretch stretch)
    {
        while (!stretch.IsEnded)
        {
            Submit();
            // The device takes nothing. What it took writes into memory until it ends, whatever became of the others.
            if (_free.Count == Most)
            {
                Forget(stretch);
                break;
            }
            Collect();
        }
        return stretch.Whole;
    }

    // All that was given to the device has ended when this returns.
    public void Dispose() => Call(Numbers!.Value.Destroy, (nint)_context);

    private void Submit()
    {
        var requests = stackalloc Request[Most];
        var pointers = stackalloc Request*[Most];
        while (_free.Count > 0 && _waiting.Count > 0)
        {
            var count = 0;
            foreach (var piece in _waiting.Take(_free.Count))
            {
                requests[count] = new Request { File = (uint)piece.File, Buffer = (ulong)piece.Memory, Bytes = (ulong)piece.Bytes, Offset = piece.Offset };
                pointers[count] = requests + count;
                count++;
            }
            var numbers = _free.Take(count).ToArray();
            for (var i = 0; i < count; i++)
                requests[i].Data = (ulong)numbers[i];
            var taken = Call(Numbers!.Value.Submit, (nint)_context, count, (nint)pointers);
            if (taken <= 0)
                return;
            for (var i = 0; i < taken; i++)
                _given[_free.Pop()] = _waiting.Dequeue();
        }
    }

    private void Forget(Stretch stretch)
    {
        for (var left = _waiting.Count; left > 0; left--)
            if (_waiting.Dequeue() is var piece && piece.Stretch != stretch)
                _waiting.Enqueue(piece);
    }

    private void Collect()
    {
        var events = stackalloc Event[Most];
        var got = Call(Numbers!.Value.Events, (nint)_context, 1, Most, (nint)events);
        for (var i = 0; i < got; i++)
        {
            var number = (int)events[i].Data;
            var piece = _given[number];
            piece.Stretch.End(piece.Number, events[i].Result == piece.Bytes);
            _free.Push(number);
        }
    }

    // The numbers of io_setup, io_destroy, io_submit and io_getevents, which the C library does not wrap.
    private static (nint Setup, nint Destroy, nint Submit, nint Events)? Numbers => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => (206, 207, 209, 208),
        Architecture.Arm64 => (0, 1, 2, 4),
        _ => null,
    };

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, nint first, nint second = 0, nint third = 0, nint fourth = 0, nint fifth = 0);

    /// <summary>What was asked for at once.</summary>
    internal sealed class Stretch(long bytes, long piece)
    {
        private readonly bool[] _isWhole = new bool[(bytes + piece - 1) / piece];
        private int _ended;

        public int Pieces => _isWhole.Length;

        public bool IsEnded => _ended == Pieces;

        /// <summary>How many bytes from the first on are there.</summary>
        public long Whole => Array.IndexOf(_isWhole, false) is >= 0 and var missing ? missing * piece : bytes;

        public void End(int number, bool isWhole)
        {
            _isWhole[number] = isWhole;
            _ended++;
        }
    }

    private readonly record struct Piece(Stretch Stretch, int Number, int File, long Offset, nint Memory, long Bytes);

    // struct iocb and struct io_event of linux/aio_abi.h, little-endian.
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Request
    {
        public ulong Data;
        public uint Key;
        public int ReadWriteFlags;
        public ushort Operation; // 0 reads
        public short Priority;
        public uint File;
        public ulong Buffer;
        public ulong Bytes;
        public long Offset;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Event
    {
        public ulong Data;
        public ulong Request;
        public long Result;
        public long Result2;
    }
}

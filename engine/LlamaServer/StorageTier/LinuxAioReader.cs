using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// Linux's asynchronous reads: all pieces of a stretch, and those of the stretches behind it, are given to the device at once. One after
/// the other the device would rest from the end of each until the reading thread gets a processor again, and while a model computes on all
/// of them that takes as long as the piece. Used by one thread at a time.
/// </summary>
internal sealed unsafe partial class LinuxAioReader : IDisposable
{
    private const int MaxInFlight = 64;
    private readonly nuint _context;
    private readonly Queue<Transfer> _queued = [];
    private readonly Transfer[] _inFlight = new Transfer[MaxInFlight];
    private readonly Stack<int> _freeIndexes = new(Enumerable.Range(0, MaxInFlight));

    private LinuxAioReader(nuint context) => _context = context;

    /// <summary>Null where the system does not have them, or does not allow them.</summary>
    public static LinuxAioReader? TryOpen()
    {
        nuint context = 0;
        return SyscallNumbers is { } numbers && Syscall(numbers.Setup, MaxInFlight, (nint)(&context)) == 0
            ? new LinuxAioReader(context)
            : null;
    }

    /// <summary>Asks for a stretch. Its memory must stay until <see cref="Wait"/> has returned.</summary>
    /// <param name="file">The file, open for direct reads.</param>
    /// <param name="offset">Where.</param>
    /// <param name="memory">Whereto.</param>
    /// <param name="bytes">How many.</param>
    /// <param name="maxTransferBytes">The most in one transfer.</param>
    public PendingRead SubmitRead(int file, long offset, nint memory, long bytes, long maxTransferBytes)
    {
        var stretch = new PendingRead(bytes, maxTransferBytes);
        for (var i = 0; i < stretch.TransferCount; i++)
            _queued.Enqueue(
                new Transfer(stretch, i, file, offset + i * maxTransferBytes, memory + (nint)(i * maxTransferBytes),
                    Math.Min(maxTransferBytes, bytes - i * maxTransferBytes)));
        SubmitQueued();
        return stretch;
    }

    /// <summary>Waits until a stretch is read, as far as it can be.</summary>
    /// <returns>How many bytes from the first on are there; what is missing, and why, a plain read tells.</returns>
    public long Wait(PendingRead stretch)
    {
        while (!stretch.IsEnded)
        {
            SubmitQueued();
            // The device takes nothing. What it took writes into memory until it ends, whatever became of the others.
            if (_freeIndexes.Count == MaxInFlight)
            {
                RemoveQueued(stretch);
                break;
            }
            CollectEvents();
        }
        return stretch.CompleteBytes;
    }

    // All that was given to the device has ended when this returns.
    public void Dispose() => Syscall(SyscallNumbers!.Value.Destroy, (nint)_context);

    private void SubmitQueued()
    {
        var requests = stackalloc IoControlBlock[MaxInFlight];
        var pointers = stackalloc IoControlBlock*[MaxInFlight];
        while (_freeIndexes.Count > 0 && _queued.Count > 0)
        {
            var count = 0;
            foreach (var piece in _queued.Take(_freeIndexes.Count))
            {
                requests[count] = new IoControlBlock
                {
                    File = (uint)piece.File,
                    Buffer = (ulong)piece.Memory,
                    Bytes = (ulong)piece.Bytes,
                    Offset = piece.Offset
                };
                pointers[count] = requests + count;
                count++;
            }
            var numbers = _freeIndexes.Take(count).ToArray();
            for (var i = 0; i < count; i++)
                requests[i].Data = (ulong)numbers[i];
            var taken = Syscall(SyscallNumbers!.Value.Submit, (nint)_context, count, (nint)pointers);
            if (taken <= 0)
                return;
            for (var i = 0; i < taken; i++)
                _inFlight[_freeIndexes.Pop()] = _queued.Dequeue();
        }
    }

    private void RemoveQueued(PendingRead stretch)
    {
        for (var left = _queued.Count; left > 0; left--)
            if (_queued.Dequeue() is var piece && piece.Read != stretch)
                _queued.Enqueue(piece);
    }

    private void CollectEvents()
    {
        var events = stackalloc IoEvent[MaxInFlight];
        var got = Syscall(SyscallNumbers!.Value.Events, (nint)_context, 1, MaxInFlight, (nint)events);
        for (var i = 0; i < got; i++)
        {
            var number = (int)events[i].Data;
            var piece = _inFlight[number];
            piece.Read.EndTransfer(piece.Index, events[i].Result == piece.Bytes);
            _freeIndexes.Push(number);
        }
    }

    // The numbers of io_setup, io_destroy, io_submit and io_getevents, which the C library does not wrap.
    private static (nint Setup, nint Destroy, nint Submit, nint Events)? SyscallNumbers => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => (206, 207, 209, 208),
        Architecture.Arm64 => (0, 1, 2, 4),
        _ => null,
    };

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint first, nint second = 0, nint third = 0, nint fourth = 0, nint fifth = 0);

    /// <summary>What was asked for at once.</summary>
    internal sealed class PendingRead(long bytes, long piece)
    {
        private readonly bool[] _isComplete = new bool[(bytes + piece - 1) / piece];
        private int _endedCount;

        public int TransferCount => _isComplete.Length;

        public bool IsEnded => _endedCount == TransferCount;

        /// <summary>How many bytes from the first on are there.</summary>
        public long CompleteBytes => Array.IndexOf(_isComplete, false) is >= 0 and var missing ? missing * piece : bytes;

        public void EndTransfer(int number, bool isComplete)
        {
            _isComplete[number] = isComplete;
            _endedCount++;
        }
    }

    private readonly record struct Transfer(PendingRead Read, int Index, int File, long Offset, nint Memory, long Bytes);

    // struct iocb and struct io_event of linux/aio_abi.h, little-endian.
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct IoControlBlock
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
    private struct IoEvent
    {
        public ulong Data;
        public ulong Request;
        public long Result;
        public long Result2;
    }
}

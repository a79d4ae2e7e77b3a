using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// Asynchronous reads of Linux (libaio's system calls). All transfers of a read, and those of the reads after it, are submitted to the
/// device at once. With one transfer after the other the device would be idle until the reading thread is scheduled again; while a model
/// computes on all cores, that takes as long as the transfer. Not thread-safe.
/// </summary>
internal sealed unsafe partial class LinuxAioReader : IDisposable
{
    // The system takes 10 to 40 ms to close a context, about as long as a conversation takes to load, so that idle ones are used again.
    private const int MaxIdle = 8;
    private static readonly ConcurrentDictionary<int, ConcurrentBag<nuint>> s_idle = new();

    private readonly nuint _context;
    private readonly int _maxInFlight;
    private readonly Queue<Transfer> _queued = [];
    private readonly Transfer[] _inFlight;
    private readonly Stack<int> _freeIndexes;
    private bool _isDisposed;

    private LinuxAioReader(nuint context, int maxInFlight)
    {
        (_context, _maxInFlight) = (context, maxInFlight);
        (_inFlight, _freeIndexes) = (new Transfer[maxInFlight], new Stack<int>(Enumerable.Range(0, maxInFlight)));
    }

    /// <summary>Returns null where the system does not support them or does not allow them.</summary>
    /// <param name="maxInFlight">The most transfers that are given to the device at once.</param>
    public static LinuxAioReader? TryOpen(int maxInFlight)
    {
        if (s_idle.TryGetValue(maxInFlight, out var idle) && idle.TryTake(out var earlier))
            return new LinuxAioReader(earlier, maxInFlight);
        nuint context = 0;
        return SyscallNumbers is { } numbers && Syscall(numbers.Setup, maxInFlight, (nint)(&context)) == 0
            ? new LinuxAioReader(context, maxInFlight)
            : null;
    }

    /// <summary>Submits a read. Its memory must stay allocated until <see cref="Wait"/> returns.</summary>
    /// <param name="file">The file descriptor, open for direct reads.</param>
    /// <param name="offset">Offset in the file.</param>
    /// <param name="memory">The destination.</param>
    /// <param name="bytes">Number of bytes.</param>
    /// <param name="maxTransferBytes">Maximum size of one transfer.</param>
    public PendingRead SubmitRead(int file, long offset, nint memory, long bytes, long maxTransferBytes)
    {
        var read = new PendingRead(bytes, maxTransferBytes);
        for (var i = 0; i < read.TransferCount; i++)
            _queued.Enqueue(
                new Transfer(read, i, file, offset + i * maxTransferBytes, memory + (nint)(i * maxTransferBytes),
                    Math.Min(maxTransferBytes, bytes - i * maxTransferBytes)));
        SubmitQueued();
        return read;
    }

    /// <summary>Waits until at most <paramref name="left"/> transfers of a read are under way.</summary>
    public void WaitForMost(PendingRead read, int left)
    {
        while (read.LeftCount > left)
        {
            SubmitQueued();
            if (_freeIndexes.Count == _maxInFlight)
                return;
            CollectEvents();
        }
    }

    /// <summary>Waits until a read has ended.</summary>
    /// <returns>Bytes from the start of the read that have arrived. A synchronous read of the rest reports the error.</returns>
    public long Wait(PendingRead read)
    {
        WaitForMost(read, 0);
        // The device accepts no more transfers. Those that it accepted write into memory until they end, so only the queued ones are
        // removed.
        if (read.LeftCount > 0)
            RemoveQueued(read);
        return read.CompleteBytes;
    }

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        var idle = s_idle.GetOrAdd(_maxInFlight, _ => []);
        if (_freeIndexes.Count == _maxInFlight && idle.Count < MaxIdle)
            idle.Add(_context);
        else
            // It returns when all submitted transfers have ended.
            Syscall(SyscallNumbers!.Value.Destroy, (nint)_context);
    }

    private void SubmitQueued()
    {
        var requests = stackalloc IoControlBlock[_maxInFlight];
        var pointers = stackalloc IoControlBlock*[_maxInFlight];
        while (_freeIndexes.Count > 0 && _queued.Count > 0)
        {
            var count = 0;
            foreach (var transfer in _queued.Take(_freeIndexes.Count))
            {
                requests[count] = new IoControlBlock
                {
                    File = (uint)transfer.File,
                    Buffer = (ulong)transfer.Memory,
                    Bytes = (ulong)transfer.Bytes,
                    Offset = transfer.Offset
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

    private void RemoveQueued(PendingRead read)
    {
        for (var left = _queued.Count; left > 0; left--)
            if (_queued.Dequeue() is var transfer && transfer.Read != read)
                _queued.Enqueue(transfer);
    }

    private void CollectEvents()
    {
        var events = stackalloc IoEvent[_maxInFlight];
        var got = Syscall(SyscallNumbers!.Value.Events, (nint)_context, 1, _maxInFlight, (nint)events);
        for (var i = 0; i < got; i++)
        {
            var number = (int)events[i].Data;
            var transfer = _inFlight[number];
            transfer.Read.EndTransfer(transfer.Index, events[i].Result == transfer.Bytes);
            _freeIndexes.Push(number);
        }
    }

    // System call numbers of io_setup, io_destroy, io_submit and io_getevents, which the C library does not wrap.
    private static (nint Setup, nint Destroy, nint Submit, nint Events)? SyscallNumbers => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => (206, 207, 209, 208),
        Architecture.Arm64 => (0, 1, 2, 4),
        _ => null,
    };

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint first, nint second = 0, nint third = 0, nint fourth = 0, nint fifth = 0);

    /// <summary>One submitted read, in one or more transfers.</summary>
    internal sealed class PendingRead(long bytes, long transferBytes)
    {
        private readonly bool[] _isComplete = new bool[(bytes + transferBytes - 1) / transferBytes];
        private int _endedCount;

        public int TransferCount => _isComplete.Length;

        /// <summary>Transfers that have not ended.</summary>
        public int LeftCount => TransferCount - _endedCount;

        /// <summary>Bytes from the start of the read that have arrived.</summary>
        public long CompleteBytes => Array.IndexOf(_isComplete, false) is >= 0 and var missing ? missing * transferBytes : bytes;

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

using System.Diagnostics;
using System.Runtime.InteropServices;
using MemoryWall.Core.Units;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>A file that is read and written with direct I/O (O_DIRECT), in whole pages of file and memory.</summary>
internal sealed class DirectFile : IDisposable
{
    /// <summary>Maximum size of one transfer to or from the device.</summary>
    public const int MaxTransferBytes = 4 << 20;

    private readonly string _name;
    private readonly StorageMeter _meter;
    private readonly StorageThrottle _throttle;
    private readonly Lock _reading = new();
    private readonly ReadAheadQueue _reads;
    private int _file;

    private DirectFile(int file, string name, StorageMeter meter, StorageThrottle throttle)
    {
        (_file, _name, _meter, _throttle) = (file, name, meter, throttle);
        _reads = new ReadAheadQueue(this);
    }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="TierException">It cannot be opened, or its file system does not support direct I/O.</exception>
    public static DirectFile OpenRead(string path, StorageMeter meter, StorageThrottle throttle) =>
        new(Open(path, Posix.ReadOnly, 0), path, meter, throttle);

    /// <summary>Creates a file that only the owner can read.</summary>
    /// <exception cref="TierException">It cannot be created, or its file system does not support direct I/O.</exception>
    public static DirectFile CreateNew(string path, StorageMeter meter, StorageThrottle throttle) =>
        new(Open(path, Posix.ReadWrite | Posix.Create | Posix.Exclusive, Posix.OwnerOnly), path, meter, throttle);

    /// <summary>Allocates the file's blocks in advance, so that a full device is detected before anything depends on the file.</summary>
    /// <exception cref="TierException">The device is full.</exception>
    public void Allocate(long bytes)
    {
        if (Posix.Allocate(_file, 0, 0, bytes) == 0)
            return;
        var error = Marshal.GetLastPInvokeError();
        // Some file systems cannot allocate in advance. A full device is then an error when writing.
        if (error == Posix.NotSupported && Posix.Truncate(_file, bytes) == 0)
            return;
        var reason = Marshal.GetPInvokeErrorMessage(error);
        throw new TierException(ProblemOf(error),
            $"{new ByteSize(bytes)} could not be allocated in {Path.GetDirectoryName(_name)}: {reason}")
        {
            RequiredBytes = bytes
        };
    }

    /// <summary>Reads whole pages.</summary>
    /// <param name="offset">Offset in the file, a multiple of a page.</param>
    /// <param name="memory">Destination, a multiple of a page.</param>
    /// <param name="bytes">Number of bytes, a multiple of a page.</param>
    /// <param name="requiredBytes">Bytes that must exist: the last page of a file may be incomplete.</param>
    /// <exception cref="TierException">They cannot be read, or the file is too short.</exception>
    public void Read(long offset, nint memory, long bytes, long requiredBytes)
    {
        lock (_reading)
        {
            _reads.Enqueue(offset, memory, bytes, requiredBytes);
            _reads.Wait(1);
        }
    }

    /// <summary>Submits an asynchronous read; null where the system does not support it.</summary>
    public LinuxAioReader.PendingRead? SubmitRead(LinuxAioReader? kernel, long offset, nint memory, long bytes) =>
        kernel?.SubmitRead(_file, offset, memory, bytes, MaxTransferBytes);

    /// <summary>Completes an asynchronous read: counts its bytes, and reads those that are missing.</summary>
    /// <param name="doneBytes">Bytes that were read asynchronously.</param>
    /// <param name="submittedAt">Timestamp of the submission.</param>
    /// <param name="offset">As in <see cref="Read"/>, like the following parameters.</param>
    public void CompleteRead(long doneBytes, long submittedAt, long offset, nint memory, long bytes, long requiredBytes)
    {
        if (doneBytes > 0)
        {
            _meter.AddRead(doneBytes);
            _throttle.Wait(submittedAt, doneBytes);
        }
        // Missing bytes are read synchronously, which reports the error.
        while (doneBytes < bytes)
        {
            var started = Stopwatch.GetTimestamp();
            var count = Posix.Read(_file, memory + (nint)doneBytes, (nuint)Math.Min(MaxTransferBytes, bytes - doneBytes),
                offset + doneBytes);
            if (count < 0)
            {
                if (Marshal.GetLastPInvokeError() == Posix.Interrupted)
                    continue;
                throw CreateError("read", offset + doneBytes);
            }
            _meter.AddRead(count);
            _throttle.Wait(started, count);
            doneBytes += count;
            if (count > 0 && doneBytes % PageBuffer.PageSize == 0)
                continue;
            if (doneBytes >= requiredBytes)
                return;
            throw new TierException(TierProblem.StorageError,
                $"{_name} ended at byte {offset + doneBytes}, "
                + $"{requiredBytes - doneBytes} bytes too early: it was truncated after it was opened");
        }
    }

    /// <summary>Writes whole pages.</summary>
    /// <exception cref="TierException">They cannot be written.</exception>
    public void Write(long offset, nint memory, long bytes)
    {
        for (long done = 0; done < bytes;)
        {
            var started = Stopwatch.GetTimestamp();
            var count = Posix.Write(_file, memory + (nint)done, (nuint)Math.Min(MaxTransferBytes, bytes - done), offset + done);
            if (count <= 0)
            {
                if (count < 0 && Marshal.GetLastPInvokeError() == Posix.Interrupted)
                    continue;
                throw CreateError("written", offset + done);
            }
            _meter.AddWritten(count);
            _throttle.Wait(started, count);
            done += count;
        }
    }

    /// <summary>Waits until all written data is on the device.</summary>
    /// <exception cref="TierException">The device reports an error.</exception>
    public void Flush()
    {
        if (Posix.Synchronize(_file) != 0)
            throw CreateError("flushed", 0);
    }

    /// <summary>Drops the file from the page cache.</summary>
    public void DropCache() => _ = Posix.AdviseFile(_file, 0, 0, Posix.FileDontNeed);

    public void Dispose()
    {
        if (_file < 0)
            return;
        _reads.Dispose();
        _ = Posix.Close(_file);
        _file = -1;
    }

    private static int Open(string path, int flags, int mode)
    {
        var file = Posix.Open(path, flags | Posix.Direct | Posix.CloseOnExec | (mode != 0 ? Posix.NoFollow : 0), mode);
        if (file >= 0)
            return file;
        throw new TierException(TierProblem.StorageError, Marshal.GetLastPInvokeError() == Posix.InvalidArgument
            ? $"the file system of {path} does not support direct I/O (O_DIRECT); use a local disk"
            : $"{path} cannot be opened: {Posix.LastError()}");
    }

    private TierException CreateError(string what, long offset)
    {
        var error = Marshal.GetLastPInvokeError();
        return new TierException(ProblemOf(error),
            $"{_name} could not be {what} at byte {offset}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    private static TierProblem ProblemOf(int error) => error == Posix.NoSpace ? TierProblem.NotEnoughStorage : TierProblem.StorageError;
}

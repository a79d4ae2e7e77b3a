using System.Diagnostics;
using System.Runtime.InteropServices;
using MemoryWall.Core.Units;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>A file that is read and written past the page cache, in whole pages from and to whole pages of memory.</summary>
internal sealed class DirectFile : IDisposable
{
    /// <summary>The most that goes to the device in one call.</summary>
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
    /// <exception cref="TierException">It cannot be opened, or its file system cannot be read past the page cache.</exception>
    public static DirectFile OpenRead(string path, StorageMeter meter, StorageThrottle throttle) =>
        new(Open(path, Posix.ReadOnly, 0), path, meter, throttle);

    /// <summary>Makes a new file for the owner alone.</summary>
    /// <exception cref="TierException">It cannot be made, or its file system cannot be written past the page cache.</exception>
    public static DirectFile CreateNew(string path, StorageMeter meter, StorageThrottle throttle) =>
        new(Open(path, Posix.ReadWrite | Posix.Create | Posix.Exclusive, Posix.OwnerOnly), path, meter, throttle);

    /// <summary>Gives the file its room now, so that a full device is found out before anything depends on it.</summary>
    /// <exception cref="TierException">The device has not the room.</exception>
    public void Allocate(long bytes)
    {
        if (Posix.Allocate(_file, 0, 0, bytes) == 0)
            return;
        var error = Marshal.GetLastPInvokeError();
        // Not every file system can; a full device is then an error on writing.
        if (error == Posix.NotSupported && Posix.Truncate(_file, bytes) == 0)
            return;
        var reason = Marshal.GetPInvokeErrorMessage(error);
        throw new TierException(ProblemOf(error), $"{new ByteSize(bytes)} could not be allocated in {Path.GetDirectoryName(_name)}: {reason}")
        {
            RequiredBytes = bytes
        };
    }

    /// <summary>Reads whole pages.</summary>
    /// <param name="offset">Where, a multiple of a page.</param>
    /// <param name="memory">Whereto, a multiple of a page.</param>
    /// <param name="bytes">How many, a multiple of a page.</param>
    /// <param name="requiredBytes">How many must be there: the last page of a file may be cut.</param>
    /// <exception cref="TierException">They cannot be read, or are not there.</exception>
    public void Read(long offset, nint memory, long bytes, long requiredBytes)
    {
        lock (_reading)
        {
            _reads.Enqueue(offset, memory, bytes, requiredBytes);
            _reads.Wait(1);
        }
    }

    /// <summary>Asks for pages ahead of their time; null where the system does not read so.</summary>
    public LinuxAioReader.PendingRead? SubmitRead(LinuxAioReader? kernel, long offset, nint memory, long bytes) =>
        kernel?.SubmitRead(_file, offset, memory, bytes, MaxTransferBytes);

    /// <summary>Counts pages that came ahead of their time, and reads the others.</summary>
    /// <param name="doneBytes">How many came.</param>
    /// <param name="submittedAt">When they were asked for, a timestamp.</param>
    /// <param name="offset">As in <see cref="Read"/>, as what follows.</param>
    public void CompleteRead(long doneBytes, long submittedAt, long offset, nint memory, long bytes, long requiredBytes)
    {
        if (doneBytes > 0)
        {
            _meter.AddRead(doneBytes);
            _throttle.Wait(submittedAt, doneBytes);
        }
        // What did not come that way is read plainly, which tells why.
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
                $"{_name} ended at byte {offset + doneBytes}, {requiredBytes - doneBytes} bytes too early: it was truncated after it was opened");
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

    /// <summary>Waits until all that was written is on the device.</summary>
    /// <exception cref="TierException">The device could not keep it.</exception>
    public void Flush()
    {
        if (Posix.Synchronize(_file) != 0)
            throw CreateError("flushed", 0);
    }

    /// <summary>Lets the system drop what it holds of the file in its page cache.</summary>
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
        return new TierException(ProblemOf(error), $"{_name} could not be {what} at byte {offset}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    private static TierProblem ProblemOf(int error) => error == Posix.NoSpace ? TierProblem.NotEnoughStorage : TierProblem.StorageError;
}

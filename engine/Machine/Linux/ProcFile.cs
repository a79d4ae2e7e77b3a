using Microsoft.Win32.SafeHandles;

namespace MemoryWall.Machine.Linux;

/// <summary>
/// A file of the kernel that is kept open and read again from its beginning. Its text is parsed in place; reading allocates nothing once
/// the buffer is as large as the file. Not safe for use from several threads.
/// </summary>
internal sealed class ProcFile : IDisposable
{
    private const int MaxBytes = 4 << 20;
    private readonly SafeFileHandle _handle;
    private byte[] _buffer = new byte[4 << 10];

    private ProcFile(SafeFileHandle handle) => _handle = handle;

    /// <summary>Opens a file; null where that is not possible.</summary>
    public static ProcFile? TryOpen(string path) => TryOpen(path, out _);

    /// <summary>Opens a file and reads it once; null, with the reason, where either is not possible.</summary>
    public static ProcFile? TryOpen(string path, out string reason)
    {
        SafeFileHandle? handle = null;
        try
        {
            // FileShare.Read alone would take an advisory lock on a file that others may have locked.
            handle = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            var file = new ProcFile(handle);
            _ = RandomAccess.Read(handle, file._buffer, 0);
            reason = "";
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            handle?.Dispose();
            if (e is UnauthorizedAccessException)
                reason = $"{path} may not be read";
            else
                reason = File.Exists(path) ? $"{path} cannot be read" : $"{path} does not exist";
            return null;
        }
    }

    /// <summary>The text as it is now, after one added newline, so that each line begins after a newline. Empty where the file cannot be
    /// read any more.</summary>
    public ReadOnlySpan<byte> Read()
    {
        try
        {
            _buffer[0] = (byte)'\n';
            var filled = 1;
            int got;
            while ((got = RandomAccess.Read(_handle, _buffer.AsSpan(filled), filled - 1)) > 0)
            {
                filled += got;
                if (filled < _buffer.Length)
                    continue;
                if (_buffer.Length >= MaxBytes)
                    break;
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }
            return filled == 1 ? [] : _buffer.AsSpan(0, filled);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return [];
        }
    }

    /// <summary>The whole number at the beginning, which may be negative; NaN where there is none.</summary>
    public double ReadNumber() => Read() is { IsEmpty: false } text ? AsciiParser.ParseSigned(text) : double.NaN;

    public void Dispose() => _handle.Dispose();
}

using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// Linux's asynchronous reads: all pieces of a stretch are given to the device at once. One after the other the device would rest from the end of each
/// until the reading thread gets a processor again, and while a model computes on all of them that takes as long as the piece. One at a time.
/// </summary>
internal sealed unsafe partial class KernelReads : IDisposable
{
    private const int Most = 64;
    private readonly nuint _context;

    private KernelReads(nuint context) => _context = context;

    /// <summary>Null where the system does not have them, or does not allow them.</summary>
    public static KernelReads? Open()
    {
        nuint context = 0;
        return Numbers is { } numbers && Call(numbers.Setup, Most, (nint)(&context)) == 0 ? new KernelReads(context) : null;
    }

    /// <summary>Reads a stretch.</summary>
    /// <param name="file">The file, open for direct reads.</param>
    /// <param name="offset">Where.</param>
    /// <param name="memory">Whereto.</param>
    /// <param name="bytes">How many.</param>
    /// <param name="piece">The most in one transfer.</param>
    /// <param name="arrived">Told of each piece that is there, with its bytes.</param>
    /// <returns>How many bytes from the first on are there; what is missing, and why, a plain read tells.</returns>
    public long Read(int file, long offset, nint memory, long bytes, long piece, Action<long> arrived)
    {
        var requests = stackalloc Request[Most];
        var pointers = stackalloc Request*[Most];
        var events = stackalloc Event[Most];
        long done = 0;
        while (done < bytes)
        {
            var count = (int)Math.Min(Most, (bytes - done + piece - 1) / piece);
            for (var i = 0; i < count; i++)
            {
                var at = done + i * piece;
                requests[i] = new Request { Data = (ulong)i, File = (uint)file, Buffer = (ulong)(memory + (nint)at), Bytes = (ulong)Math.Min(piece, bytes - at), Offset = offset + at };
                pointers[i] = requests + i;
            }
            var whole = Run(pointers, requests, events, count, arrived);
            done = Math.Min(bytes, done + whole * piece);
            if (whole < count)
                break;
        }
        return done;
    }

    public void Dispose() => Call(Numbers!.Value.Destroy, (nint)_context);

    // How many of the requests, from the first on, brought all of their bytes.
    private int Run(Request** pointers, Request* requests, Event* events, int count, Action<long> arrived)
    {
        var (submitted, ended) = (0, 0);
        Span<bool> isWhole = stackalloc bool[count];
        isWhole.Clear();
        while (ended < count)
        {
            while (submitted < count && Call(Numbers!.Value.Submit, (nint)_context, count - submitted, (nint)(pointers + submitted)) is > 0 and var taken)
                submitted += (int)taken;
            // What was given to the device writes into memory until it ends, whatever became of the others.
            if (ended == submitted)
                break;
            var got = Call(Numbers!.Value.Events, (nint)_context, 1, submitted - ended, (nint)events);
            for (var i = 0; i < got; i++)
            {
                var number = (int)events[i].Data;
                isWhole[number] = events[i].Result == (long)requests[number].Bytes;
                if (isWhole[number])
                    arrived(events[i].Result);
            }
            ended += (int)Math.Max(0, got);
        }
        var missing = isWhole.IndexOf(false);
        return missing < 0 ? count : missing;
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

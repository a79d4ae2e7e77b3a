using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using MemoryWall.Core.Files;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Json;

namespace MemoryWall.Sweeps.Live;

/// <summary>
/// The file <c>live.feed</c> in a run's folder: a line with the length and the checksum of what follows, then one <see cref="LiveFeed"/> as
/// JSON. It is written over in place and never flushed, so an update costs one small write to the page cache and no disk access of its
/// own. A reader that meets a half-written update sees it by the checksum and reads again; it never blocks the writer.
/// </summary>
internal sealed class LiveFeedFile : IDisposable
{
    // The feed has about 2 kB. A larger one (a very long event) is not written.
    private const int MaxBytes = 16 << 10;
    private const string Magic = "memwall-live 1 ";
    private const int HeaderBytes = 31;
    private const int ReadAttempts = 4;

    private readonly FileStream _file;

    private LiveFeedFile(FileStream file) => _file = file;

    /// <summary>Creates the file, or takes over one that a killed writer left.</summary>
    /// <exception cref="IOException">It cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be created.</exception>
    public static LiveFeedFile Create(string runFolder) => new(RegularFile.Open(PathIn(runFolder), new FileStreamOptions
    {
        Mode = FileMode.Create,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
    }));

    /// <summary>Writes the feed over the one before.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(LiveFeed feed)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(feed, FactsJson.SingleLine);
        if (json.Length + HeaderBytes > MaxBytes)
            json = JsonSerializer.SerializeToUtf8Bytes(feed with { LastEvent = null }, FactsJson.SingleLine);
        var bytes = new byte[HeaderBytes + json.Length];
        Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{Magic}{json.Length,6} {Crc32.HashToUInt32(json):x8}\n"), bytes);
        json.CopyTo(bytes, HeaderBytes);
        RandomAccess.Write(_file.SafeFileHandle, bytes, 0);
    }

    /// <summary>Removes the file: the run is no longer written.</summary>
    public void Delete()
    {
        try
        {
            File.Delete(_file.Name);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A feed that stays belongs to an ended process, and readers look at the run's last event first.
        }
        _file.Dispose();
    }

    public void Dispose() => _file.Dispose();

    /// <summary>The last feed of a run; null where the run has none, as after its end, or none that is complete.</summary>
    public static LiveFeed? TryRead(string runFolder)
    {
        var buffer = new byte[MaxBytes];
        for (var attempt = 0; attempt < ReadAttempts; attempt++)
        {
            try
            {
                using var file = RegularFile.OpenRead(PathIn(runFolder), bufferSize: 0);
                if (Parse(buffer.AsSpan(0, RandomAccess.Read(file.SafeFileHandle, buffer, 0))) is { } feed)
                    return feed;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
        return null;
    }

    private static LiveFeed? Parse(ReadOnlySpan<byte> content)
    {
        if (content.Length < HeaderBytes)
            return null;
        var header = Encoding.ASCII.GetString(content[..HeaderBytes]);
        if (!header.StartsWith(Magic, StringComparison.Ordinal)
            || !int.TryParse(header.AsSpan(Magic.Length, 6), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var length)
            || !uint.TryParse(header.AsSpan(Magic.Length + 7, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var sum)
            || length > content.Length - HeaderBytes)
            return null;
        var json = content.Slice(HeaderBytes, length);
        if (Crc32.HashToUInt32(json) != sum)
            return null;
        try
        {
            return JsonSerializer.Deserialize<LiveFeed>(json, FactsJson.SingleLine);
        }
        catch (JsonException)
        {
            // Another version wrote it.
            return null;
        }
    }

    private static string PathIn(string runFolder) => Path.Combine(runFolder, RunFiles.LiveFeed);
}

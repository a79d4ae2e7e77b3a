using System.Globalization;
using System.Text.Json;
using MemoryWall.Core.Files;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Analysis.Sessions;

/// <summary>
/// Reads traces of requests in the format of Mooncake (Qin et al., FAST 2025): one JSON object a line with <c>timestamp</c> in
/// milliseconds, <c>input_length</c>, <c>output_length</c> and one of <c>hash_ids</c> for each block of 512 prompt tokens. Other fields are
/// ignored.
/// </summary>
internal static class TraceReader
{
    private const int MaxLineBytes = 1 << 20;
    private const int FirstBufferBytes = 1 << 16;
    private const int MaxFileRequests = 1_000_000;
    private const long MaxFileBlocks = 100_000_000;
    private const string Example = """{"timestamp": 0, "input_length": 600, "output_length": 64, "hash_ids": [0, 1]}""";

    /// <summary>The requests in the order of their timestamps; those with the same one in the order of the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxRequests">Only so many requests from the start of the file; null for all.</param>
    /// <exception cref="FormatException">The file is no such trace; the message names the line and the field.</exception>
    /// <exception cref="IOException">The file is missing, no regular file, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public static IReadOnlyList<TraceRequest> Read(string path, int? maxRequests = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        using var file = RegularFile.OpenNamed(path, bufferSize: 0);
        return Read(file, SafeText.ToSingleLine(path, SafeText.MaxNameLength), maxRequests);
    }

    /// <summary>The requests of a stream.</summary>
    /// <param name="stream">The lines.</param>
    /// <param name="name">The name of the file, for errors.</param>
    /// <param name="maxRequests">Only so many requests from the start; null for all.</param>
    /// <exception cref="FormatException">It is no such trace; the message names the line and the field.</exception>
    internal static IReadOnlyList<TraceRequest> Read(Stream stream, string name, int? maxRequests = null)
    {
        var (requests, numbers, blocks) = (new List<TraceRequest>(), new BlockNumbers(), 0L);
        foreach (var (number, line) in ReadLines(stream, name))
        {
            if (requests.Count == maxRequests)
                break;
            if (line.Span.Trim(" \t\r"u8).IsEmpty)
                continue;
            var request = Parse(line.Span, numbers, problem => Error(name, number, problem));
            blocks += request.HashIds.Length;
            if (requests.Count == MaxFileRequests || blocks > MaxFileBlocks)
                throw Error(name, number, "the file has more requests or blocks than are read; name fewer requests");
            requests.Add(request);
        }
        return requests.Count == 0
            ? throw new FormatException($"'{name}' contains no request; each line is a JSON object as {Example}")
            : [.. requests.OrderBy(request => request.TimestampMilliseconds)];
    }

    private static IEnumerable<(int Number, ReadOnlyMemory<byte> Line)> ReadLines(Stream stream, string name)
    {
        var (buffer, start, end, number) = (new byte[FirstBufferBytes], 0, 0, 0);
        while (true)
        {
            var length = buffer.AsSpan(start..end).IndexOf((byte)'\n');
            if (length >= 0)
            {
                yield return (++number, WithoutMark(buffer.AsMemory(start, length), number));
                start += length + 1;
                continue;
            }
            if (end - start > MaxLineBytes)
                throw Error(name, number + 1, "the line is longer than 1 MiB");
            buffer.AsSpan(start..end).CopyTo(buffer);
            (start, end) = (0, end - start);
            if (end == buffer.Length)
                Array.Resize(ref buffer, 2 * buffer.Length);
            var read = stream.Read(buffer, end, buffer.Length - end);
            end += read;
            if (read > 0)
                continue;
            if (end > 0)
                yield return (++number, WithoutMark(buffer.AsMemory(0, end), number));
            yield break;
        }
    }

    // Some editors begin a file with a byte order mark.
    private static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> line, int number) =>
        number == 1 && line.Span.StartsWith("\uFEFF"u8) ? line[3..] : line;

    private static TraceRequest Parse(ReadOnlySpan<byte> line, BlockNumbers numbers, Func<string, FormatException> error)
    {
        long? timestamp = null, input = null, output = null;
        List<int>? ids = null;
        try
        {
            var reader = new Utf8JsonReader(line);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                throw error($"it is no JSON object; write for example {Example}");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var field = reader.GetString();
                reader.Read();
                switch (field)
                {
                    case "timestamp":
                        timestamp = Once(field, timestamp, ReadTime(ref reader, error), error);
                        break;
                    case "input_length":
                        input = Once(field, input, ReadCount(ref reader, field, error), error);
                        break;
                    case "output_length":
                        output = Once(field, output, ReadCount(ref reader, field, error), error);
                        break;
                    case "hash_ids":
                        ids = ids is null ? ReadIds(ref reader, numbers, error) : throw error("hash_ids: it is given twice");
                        break;
                    default:
                        reader.Skip();
                        break;
                }
            }
            if (reader.Read())
                throw error("more follows after the JSON object");
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            throw error($"it is no JSON object; write for example {Example}");
        }
        var tokens = (int)(input ?? throw error(Missing("input_length")));
        var answer = (int)(output ?? throw error(Missing("output_length")));
        CheckBlocks(ids ?? throw error(Missing("hash_ids")), tokens, numbers, error);
        return new TraceRequest(timestamp ?? throw error(Missing("timestamp")), tokens, answer, [.. ids]);
    }

    // Some writers name full blocks only: the last, shorter one is then a text of its own.
    private static void CheckBlocks(List<int> ids, int tokens, BlockNumbers numbers, Func<string, FormatException> error)
    {
        var (full, last) = Math.DivRem(tokens, TraceRequest.BlockTokens);
        if (ids.Count == full && last > 0)
            ids.Add(numbers.Next());
        var expected = last > 0 ? full + 1 : full;
        if (ids.Count != expected)
        {
            throw error(string.Create(CultureInfo.InvariantCulture,
                $"hash_ids: it has {ids.Count} ids for {tokens} tokens of input_length, which are {expected} blocks of 512"));
        }
    }

    private static long Once(string field, long? before, long value, Func<string, FormatException> error) =>
        before is null ? value : throw error($"{field}: it is given twice");

    private static string Missing(string field) => $"{field}: it is missing; write for example {Example}";

    private static long ReadTime(ref Utf8JsonReader reader, Func<string, FormatException> error) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var time) && time is >= 0 and <= long.MaxValue / 4096.0
            ? (long)Math.Round(time)
            : throw error("timestamp: it is no number of milliseconds, 0 or more");

    private static long ReadCount(ref Utf8JsonReader reader, string field, Func<string, FormatException> error) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var count) && count > 0
            ? count
            : throw error($"{field}: it is no whole number of tokens, 1 or more");

    private static List<int> ReadIds(ref Utf8JsonReader reader, BlockNumbers numbers, Func<string, FormatException> error)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw error("hash_ids: it is no list of whole numbers");
        var ids = new List<int>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            // Hashes of some tools have all 64 bits.
            var id = reader.TokenType != JsonTokenType.Number ? (Int128?)null
                : reader.TryGetInt64(out var whole) ? whole
                : reader.TryGetUInt64(out var large) ? large : null;
            ids.Add(numbers.Find(id ?? throw error("hash_ids: it has an entry that is no whole number of at most 64 bits")));
        }
        return ids;
    }

    private static FormatException Error(string name, int line, string problem) =>
        new(string.Create(CultureInfo.InvariantCulture, $"'{name}', line {line}: {problem}"));

    private sealed class BlockNumbers
    {
        private readonly Dictionary<Int128, int> _numbers = [];
        private int _next;

        public int Next() => _next++;

        public int Find(Int128 id) => _numbers.TryGetValue(id, out var number) ? number : _numbers[id] = Next();
    }
}

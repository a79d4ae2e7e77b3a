using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;
using MemoryWall.LlamaServer.Inference;

namespace MemoryWall.LlamaServer.Http;

/// <summary>Checks once that all texts and names of a body are Unicode. The JSON reader does not, and each access to such a text would
/// throw.</summary>
internal static class UnicodeCheck
{
    private const int EscapeLength = 6;

    /// <summary>Checks a body, without a copy of its texts.</summary>
    /// <exception cref="RefusedException">It is not UTF-8, or escapes half a surrogate pair (\ud800).</exception>
    public static void Check(JsonElement body)
    {
        var json = JsonMarshal.GetRawUtf8Value(body);
        if (!Utf8.IsValid(json))
            throw new RefusedException(400, "the body is not valid UTF-8");
        if (HasHalfPair(json))
            throw new RefusedException(400, $"{FindHalfPair(body, "") ?? "the body"}: it is not valid Unicode");
    }

    // In valid JSON a backslash begins an escape, and only within a text.
    private static bool HasHalfPair(ReadOnlySpan<byte> json)
    {
        for (int at; (at = json.IndexOf((byte)'\\')) >= 0;)
        {
            json = json[at..];
            if (ReadUnit(json) is not { } unit)
            {
                json = json[2..];
                continue;
            }
            json = json[EscapeLength..];
            if (char.IsLowSurrogate(unit))
                return true;
            if (!char.IsHighSurrogate(unit))
                continue;
            if (ReadUnit(json) is not { } next || !char.IsLowSurrogate(next))
                return true;
            json = json[EscapeLength..];
        }
        return false;
    }

    private static char? ReadUnit(ReadOnlySpan<byte> json) =>
        json.Length >= EscapeLength && json.StartsWith("\\u"u8)
            && ushort.TryParse(json[2..EscapeLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            ? (char)unit
            : null;

    private static string? FindHalfPair(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var field in value.EnumerateObject())
                if (FindInField(field, path) is { } found)
                    return found;
        }
        else if (value.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var item in value.EnumerateArray())
                if (FindHalfPair(item, FormattableString.Invariant($"{path}[{index++}]")) is { } found)
                    return found;
        }
        return value.ValueKind == JsonValueKind.String && HasHalfPair(JsonMarshal.GetRawUtf8Value(value)) ? path : null;
    }

    private static string? FindInField(JsonProperty field, string path)
    {
        if (HasHalfPair(JsonMarshal.GetRawUtf8PropertyName(field)))
            return path.Length > 0 ? $"a name in {path}" : "a name in the body";
        return FindHalfPair(field.Value, path.Length > 0 ? $"{path}.{field.Name}" : field.Name);
    }
}

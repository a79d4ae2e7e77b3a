using System.Security.Cryptography;
using System.Text;
using MemoryWall.Core.Files;

namespace MemoryWall.Prompts;

/// <summary>Reads a user's text file: UTF-8, or with a byte order mark UTF-16 or UTF-32. Anything else would become a prompt of replacement
/// characters, so it is refused by name.</summary>
internal static class DocumentFile
{
    /// <summary>The largest file, far above the text of the longest prompt.</summary>
    public const int MaxBytes = 256 << 20;

    // Text has tabs and line ends, and now and then a form feed.
    private const int MaxControlShare = 100;

    private static readonly (byte[] Start, string Kind)[] s_kinds =
    [
        ("%PDF-"u8.ToArray(), "a PDF file"), ("PK\x03\x04"u8.ToArray(), "a zip file (docx, xlsx, epub and others are)"),
        ([0x1F, 0x8B], "a gzip file"), ([0x7F, (byte)'E', (byte)'L', (byte)'F'], "a program"),
        ([0x89, (byte)'P', (byte)'N', (byte)'G'], "a PNG picture"), ([0xFF, 0xD8, 0xFF], "a JPEG picture"),
    ];

    /// <summary>The file's text.</summary>
    /// <exception cref="FormatException">The file is binary, not UTF-8, or too large; the message continues "it is".</exception>
    /// <exception cref="IOException">It is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied, or it is a folder.</exception>
    public static string Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        // A pipe has no length; it is read as far as the limit allows.
        var bytes = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int count; (count = file.Read(buffer)) > 0;)
        {
            bytes.Write(buffer, 0, count);
            if (bytes.Length > MaxBytes)
                throw new FormatException(FormattableString.Invariant($"it is longer than {MaxBytes >> 20} MiB; cut it"));
        }
        return Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    /// <summary>The SHA-256 of a file in lower-case hexadecimal digits; null for a pipe, which can be read only once.</summary>
    /// <exception cref="IOException">It is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied, or it is a folder.</exception>
    public static string? ComputeSha256(string path)
    {
        var target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        if (FileFacts.Read(target)?.Kind == FileKind.Special)
            return null;
        using var file = RegularFile.OpenRead(target);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>The text of a file's bytes.</summary>
    /// <exception cref="FormatException">They are binary or not UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        foreach (var (start, kind) in s_kinds)
            if (bytes.StartsWith(start))
                throw NoText(kind);
        // The number of its version follows, whose bytes are in no text; a text about the format begins with the same letters.
        if (bytes.StartsWith("GGUF"u8) && bytes[4..Math.Min(8, bytes.Length)].ContainsAnyInRange((byte)0, (byte)8))
            throw NoText("a GGUF model");
        if (bytes.StartsWith((byte[])[0xFF, 0xFE, 0, 0]))
            return Decode(bytes[4..], new UTF32Encoding(bigEndian: false, byteOrderMark: false, throwOnInvalidCharacters: true), "UTF-32");
        if (bytes.StartsWith((byte[])[0xFF, 0xFE]))
            return Decode(bytes[2..], new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true), "UTF-16");
        if (bytes.StartsWith((byte[])[0xFE, 0xFF]))
            return Decode(bytes[2..], new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true), "UTF-16");
        var text = bytes.StartsWith((byte[])[0xEF, 0xBB, 0xBF]) ? bytes[3..] : bytes;
        var controls = 0;
        foreach (var value in text)
            controls += value is < 32 and not ((byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f') ? 1 : 0;
        if (controls * MaxControlShare > text.Length)
            throw new FormatException("it is a binary file, or UTF-16 without a byte order mark; save its text as UTF-8");
        return Decode(text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true), "UTF-8");
    }

    private static FormatException NoText(string kind) => new($"it is {kind}, not a text; save its text as UTF-8");

    private static string Decode(ReadOnlySpan<byte> bytes, Encoding encoding, string name)
    {
        try
        {
            return encoding.GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw new FormatException(FormattableString.Invariant(
                $"it is not valid {name} (byte {error.Index:N0}); convert it, for example with iconv -f latin1 -t utf-8"), error);
        }
    }
}

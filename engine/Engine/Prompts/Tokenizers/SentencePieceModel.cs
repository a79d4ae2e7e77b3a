using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using MemoryWall.Models;

namespace MemoryWall.Prompts.Tokenizers;

/// <summary>
/// Writes a vocabulary as the protobuf message that SentencePiece libraries load (<c>sentencepiece_model.proto</c>: ModelProto with
/// pieces = 1, trainer_spec = 2, normalizer_spec = 3).
/// </summary>
internal static class SentencePieceModel
{
    private const int VarInt = 0;
    private const int Bytes = 2;
    private const int Fixed32 = 5;

    /// <summary>The model as a stream at its start.</summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="scores">A score for each entry.</param>
    /// <param name="complete">Whether the library will encode as llama.cpp does: no entry twice and all 256 bytes in one row.</param>
    public static MemoryStream Write(Vocabulary vocabulary, IReadOnlyList<float> scores, out bool complete)
    {
        var tokens = vocabulary.Tokens;
        var seen = new HashSet<string>(tokens.Count, StringComparer.Ordinal);
        var model = new MemoryStream();
        var unknown = tokens.Count;
        complete = true;
        for (var id = 0; id < tokens.Count; id++)
        {
            var kind = id < vocabulary.Kinds.Count ? vocabulary.Kinds[id] : TokenKind.Undefined;
            if (kind == TokenKind.Unknown && unknown == tokens.Count)
                unknown = id;
            var text = tokens[id];
            if (text.Length == 0 || !seen.Add(text))
            {
                complete &= text.Length == 0;
                text = string.Create(CultureInfo.InvariantCulture, $"[EMPTY_{id}]");
                seen.Add(text);
            }
            // llama.cpp treats unused entries as any other; the library would cut them up again.
            var type = kind is TokenKind.Undefined or TokenKind.Unused ? TokenKind.Normal : kind;
            var piece = new MemoryStream();
            WriteBytes(piece, 1, Encoding.UTF8.GetBytes(text));
            WriteFloat(piece, 2, scores[id]);
            WriteVarInt(piece, 3, (ulong)type);
            WriteBytes(model, 1, piece.ToArray());
        }
        complete &= HasByteRow(tokens);

        var trainer = new MemoryStream();
        WriteVarInt(trainer, 3, 2);
        WriteVarInt(trainer, 35, 1);
        WriteVarInt(trainer, 40, (ulong)unknown);
        WriteVarInt(trainer, 41, (ulong)(vocabulary.BosId ?? tokens.Count));
        WriteVarInt(trainer, 42, (ulong)(vocabulary.EosId ?? tokens.Count));
        WriteBytes(model, 2, trainer.ToArray());

        var normalizer = new MemoryStream();
        WriteBytes(normalizer, 1, "identity"u8);
        WriteVarInt(normalizer, 3, 0);
        WriteVarInt(normalizer, 4, 0);
        WriteVarInt(normalizer, 5, 1);
        WriteBytes(model, 3, normalizer.ToArray());
        model.Position = 0;
        return model;
    }

    private static bool HasByteRow(IReadOnlyList<string> tokens)
    {
        var first = 0;
        while (first < tokens.Count && tokens[first] != "<0x00>")
            first++;
        if (first + 256 > tokens.Count)
            return false;
        for (var b = 0; b < 256; b++)
        {
            if (tokens[first + b] != string.Create(CultureInfo.InvariantCulture, $"<0x{b:X2}>"))
                return false;
        }
        return true;
    }

    private static void WriteTag(MemoryStream to, int field, int wire) => WriteRaw(to, (ulong)((field << 3) | wire));

    private static void WriteVarInt(MemoryStream to, int field, ulong value)
    {
        WriteTag(to, field, VarInt);
        WriteRaw(to, value);
    }

    private static void WriteFloat(MemoryStream to, int field, float value)
    {
        WriteTag(to, field, Fixed32);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        to.Write(bytes);
    }

    private static void WriteBytes(MemoryStream to, int field, ReadOnlySpan<byte> value)
    {
        WriteTag(to, field, Bytes);
        WriteRaw(to, (ulong)value.Length);
        to.Write(value);
    }

    private static void WriteRaw(MemoryStream to, ulong value)
    {
        while (value >= 0x80)
        {
            to.WriteByte((byte)(value | 0x80));
            value >>= 7;
        }
        to.WriteByte((byte)value);
    }
}

using System.Runtime.CompilerServices;
using System.Text;
using MemoryWall.Models.Vocabularies;

namespace MemoryWall.Engine.Tests.Prompts;

/// <summary>SentencePiece's algorithm as published, without optimisation: the reference for the fast implementation.</summary>
internal static class NaiveSentencePiece
{
    private static readonly ConditionalWeakTable<Vocabulary, Dictionary<string, int>> Ids = [];

    public static List<int> Encode(Vocabulary vocabulary, string text)
    {
        var ids = Ids.GetValue(vocabulary,
            v => v.Tokens.Select((token, id) => (token, id)).ToDictionary(p => p.token, p => p.id, StringComparer.Ordinal));
        var whole = ((vocabulary.AddSpacePrefix ? " " : "") + text).Replace(' ', '▁');
        var parts = whole.EnumerateRunes().Select(r => r.ToString()).ToList();
        while (true)
        {
            var (best, score) = (-1, float.NegativeInfinity);
            for (var i = 0; i + 1 < parts.Count; i++)
            {
                if (ids.TryGetValue(parts[i] + parts[i + 1], out var id) && vocabulary.Scores![id] > score)
                    (best, score) = (i, vocabulary.Scores[id]);
            }
            if (best < 0)
                break;
            parts[best] += parts[best + 1];
            parts.RemoveAt(best + 1);
        }
        return [.. parts.SelectMany(
            part => ids.TryGetValue(part, out var id) ? [id] : Encoding.UTF8.GetBytes(part).Select(b => ids[$"<0x{b:X2}>"]))];
    }
}

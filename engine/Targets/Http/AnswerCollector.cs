using System.Text;

namespace MemoryWall.Targets.Http;

/// <summary>Collects the answer of one inference, with which its conversation goes on. The length of a stream is limited before.</summary>
internal sealed class AnswerCollector
{
    private readonly StringBuilder _text = new();
    private readonly List<int> _tokens = [];

    /// <summary>The text so far.</summary>
    public string Text => _text.ToString();

    /// <summary>Adds a piece of the text; null for none.</summary>
    public void Add(string? text) => _text.Append(text);

    /// <summary>Adds the ids of tokens; null for none.</summary>
    public void Add(IEnumerable<int>? tokens) => _tokens.AddRange(tokens ?? []);

    /// <summary>The ids of all tokens; null where the target did not report that of each.</summary>
    /// <param name="counted">The tokens of the answer as the target counts them.</param>
    public IReadOnlyList<int>? GetTokens(int? counted) => counted > 0 && _tokens.Count == counted ? _tokens : null;
}

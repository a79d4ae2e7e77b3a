using System.Text;
using LLama.Native;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>Makes the text of a prompt from what only the loaded model knows.</summary>
internal interface IPromptSource
{
    /// <summary>The prompt's text.</summary>
    /// <exception cref="RefusedException">There is no prompt for this request.</exception>
    string Write(SpecialTokens tokens);
}

/// <summary>The texts of the tokens that begin and end a text.</summary>
/// <param name="Begin">BOS; empty where the model has none.</param>
/// <param name="End">EOS; empty where the model has none.</param>
/// <param name="AddsBegin">Whether the tokenizer adds BOS.</param>
/// <param name="AddsEnd">Whether the tokenizer adds EOS.</param>
internal sealed record SpecialTokens(string Begin, string End, bool AddsBegin, bool AddsEnd)
{
    /// <summary>Those of a loaded model.</summary>
    public static SpecialTokens Read(SafeLlamaModelHandle model)
    {
        var vocabulary = model.Vocab;
        return new SpecialTokens(ToText(model, vocabulary.BOS), ToText(model, vocabulary.EOS), vocabulary.ShouldAddBOS,
            vocabulary.ShouldAddEOS);
    }

    private static string ToText(SafeLlamaModelHandle model, LLamaToken? token)
    {
        if (token is not { } found)
            return "";
        var bytes = new byte[64];
        var length = (int)model.TokenToSpan(found, bytes, 0, special: true);
        if (length > bytes.Length)
        {
            bytes = new byte[length];
            length = (int)model.TokenToSpan(found, bytes, 0, special: true);
        }
        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}

using System.Text;
using LLama.Native;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>Turns tokens into text. A character whose bytes are spread over several tokens is returned with the last of them.</summary>
internal sealed class Detokenizer(SafeLlamaModelHandle model)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private byte[] _bytes = new byte[64];
    private char[] _letters = new char[64];

    public string Append(int token)
    {
        var length = (int)model.TokenToSpan(token, _bytes, 0, false);
        if (length > _bytes.Length)
        {
            _bytes = new byte[length];
            _letters = new char[length];
            length = (int)model.TokenToSpan(token, _bytes, 0, false);
        }
        var count = _decoder.GetChars(_bytes.AsSpan(0, length), _letters, flush: false);
        return count == 0 ? "" : new string(_letters, 0, count);
    }
}

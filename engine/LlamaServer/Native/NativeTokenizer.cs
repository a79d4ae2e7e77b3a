using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using LLama.Native;

namespace MemoryWall.LlamaServer.Native;

/// <summary>
/// Makes tokens of a text in one call into llama.cpp, as its own programs do. LLamaSharp makes them twice, the first time to count them,
/// which would be twice the time, and keeps the buffers, whose memory would be measured.
/// </summary>
internal static unsafe class NativeTokenizer
{
    private static readonly Lazy<nint> s_library = new(LlamaLibrary.LoadLlama);

    /// <summary>The tokens of a text, and the time inside llama.cpp.</summary>
    /// <param name="model">The model.</param>
    /// <param name="text">The text.</param>
    /// <param name="addSpecial">Whether the tokens that the model adds (BOS) are added.</param>
    public static (int[] Tokens, TimeSpan Time) Tokenize(SafeLlamaModelHandle model, string text, bool addSpecial)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        // A token is a byte or more; special ones and the bytes of a space before the text can be added.
        var room = bytes + 8;
        var utf8 = (byte*)NativeMemory.Alloc((nuint)Math.Max(1, bytes));
        var tokens = (int*)NativeMemory.Alloc((nuint)room, sizeof(int));
        try
        {
            Encoding.UTF8.GetBytes(text, new Span<byte>(utf8, bytes));
            var vocabulary = ((delegate* unmanaged[Cdecl]<nint, nint>)Export("llama_model_get_vocab"))(model.DangerousGetHandle());
            var tokenize = (delegate* unmanaged[Cdecl]<nint, byte*, int, int*, int, byte, byte, int>)Export("llama_tokenize");
            var started = Stopwatch.GetTimestamp();
            var count = tokenize(vocabulary, utf8, bytes, tokens, room, (byte)(addSpecial ? 1 : 0), 1);
            if (count < 0)
            {
                room = -count;
                tokens = (int*)NativeMemory.Realloc(tokens, (nuint)room * sizeof(int));
                count = tokenize(vocabulary, utf8, bytes, tokens, room, (byte)(addSpecial ? 1 : 0), 1);
            }
            var time = Stopwatch.GetElapsedTime(started);
            return count >= 0
                ? (new Span<int>(tokens, count).ToArray(), time)
                : throw new InvalidOperationException($"llama.cpp needs room for {-count} tokens of a text and had {room}");
        }
        finally
        {
            NativeMemory.Free(tokens);
            NativeMemory.Free(utf8);
        }
    }

    private static nint Export(string name) => NativeLibrary.GetExport(s_library.Value, name);
}

using System.Security.Cryptography;

namespace MemoryWall.Prompts;

/// <summary>
/// Draws nonces: the first words of a prompt, which prevent a match in a prompt cache. They come from the system's secure random generator
/// instead of a seed, because a nonce must not repeat in another run. First words are drawn without replacement, so that no two prompts
/// start with the same word until all openers are used. Thread-safe.
/// </summary>
internal sealed class NonceGenerator
{
    /// <summary>Randomness of a nonce of full length, in bits.</summary>
    public const int Bits = 96;

    private readonly WordPool _pool;
    private readonly int[] _openers;
    private readonly Lock _lock = new();
    private int _next;

    public NonceGenerator(WordPool pool)
    {
        _pool = pool;
        _openers = [.. Enumerable.Range(0, pool.Openers.Length)];
        _next = _openers.Length;
        FullLength = 1 + (int)Math.Ceiling((Bits - Math.Log2(pool.Openers.Length)) / Math.Log2(pool.Words.Length));
    }

    /// <summary>Words in a nonce of full length.</summary>
    public int FullLength { get; }

    /// <summary>Draws a nonce.</summary>
    /// <param name="words">Number of words, 1 or more.</param>
    /// <returns>Indices of the pool's words; the first is an opener.</returns>
    public int[] Draw(int words)
    {
        var nonce = new int[words];
        lock (_lock)
        {
            if (_next == _openers.Length)
            {
                RandomNumberGenerator.Shuffle<int>(_openers);
                _next = 0;
            }
            nonce[0] = _pool.Openers[_openers[_next++]];
        }
        for (var i = 1; i < words; i++)
            nonce[i] = RandomNumberGenerator.GetInt32(_pool.Words.Length);
        return nonce;
    }

    /// <summary>Parses a nonce; null, with the problem, where this pool cannot have drawn it.</summary>
    public int[]? Parse(string nonce, out string? problem)
    {
        var words = nonce.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        problem = words.Length == 0 ? "the nonce is empty; give the words of a prompt's nonce" : null;
        var indices = new int[words.Length];
        for (var i = 0; i < words.Length && problem is null; i++)
        {
            indices[i] = _pool.IndexOf(words[i]);
            if (indices[i] < 0)
                problem =
                    $"the nonce's word '{Shorten(words[i])}' is not a single token of this target; "
                        + "give a nonce that was drawn for this target";
            else if (i == 0 && !_pool.Openers.Contains(indices[0]))
                problem = $"the nonce's first word '{words[0]}' is not a single token at the start of a text; "
                    + "give a nonce that was drawn for this target";
        }
        return problem is null ? indices : null;
    }

    private static string Shorten(string word) => word.Length <= 40 ? word : word[..40] + "…";
}

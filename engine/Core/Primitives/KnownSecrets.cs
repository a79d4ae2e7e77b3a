namespace MemoryWall.Core.Primitives;

/// <summary>
/// The keys that this process sends to servers. A server may repeat its key anywhere in what it says, so every text is cleaned where it is
/// stored or shown (run files, live feed, logs, JSON), whatever it is about.
/// </summary>
internal static class KnownSecrets
{
    /// <summary>What stands in place of a key.</summary>
    public const string Hidden = "(hidden key)";

    // A key like "ollama" or "EMPTY", for servers that want any, is a word that other texts contain.
    private const int MinLength = 8;
    private const int MinLengthWithoutLetters = 6;

    private static readonly Lock s_gate = new();
    private static string[] s_secrets = [];

    /// <summary>Adds a key. One that is as short as a word is no secret, and no text is searched for it.</summary>
    public static void Add(string secret)
    {
        if (secret.Length < MinLengthWithoutLetters || (secret.Length < MinLength && secret.All(char.IsAsciiLetter)))
            return;
        lock (s_gate)
        {
            // A key that contains another one is replaced first.
            if (!s_secrets.Contains(secret))
                s_secrets = [.. s_secrets.Append(secret).OrderByDescending(known => known.Length)];
        }
    }

    /// <summary>The text without keys, as they are and as they are written in an address.</summary>
    public static string Remove(string text)
    {
        foreach (var secret in Volatile.Read(ref s_secrets))
        {
            text = text.Replace(secret, Hidden, StringComparison.Ordinal);
            if (Uri.EscapeDataString(secret) is var escaped && escaped != secret)
                text = text.Replace(escaped, Hidden, StringComparison.OrdinalIgnoreCase);
        }
        return text;
    }
}

namespace MemoryWall.Runs.Files;

/// <summary>A run could not be found, read or written. Whatever was committed before stays readable.</summary>
internal sealed class StoreException : Exception
{
    /// <summary>An error about one file or folder.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="reason">What is wrong and, if known, what would be right.</param>
    /// <param name="inner">The cause; null where there is none.</param>
    public StoreException(string path, string reason, Exception? inner = null)
        : this($"{path}: {reason}", path, reason, inner)
    {
    }

    private StoreException(string message, string path, string reason, Exception? inner)
        : base(message, inner)
    {
        FilePath = path;
        Reason = reason;
    }

    /// <summary>The file or folder with the error.</summary>
    public string FilePath { get; }

    /// <summary>What is wrong with it.</summary>
    public string Reason { get; }

    /// <summary>An error whose message is a whole sentence that names the folder itself, or that needs no folder.</summary>
    internal static StoreException FromSentence(string path, string sentence) => new(sentence, path, sentence, inner: null);

    /// <summary>Runs some work on a file and converts errors of the file system into a <see cref="StoreException"/>.</summary>
    internal static T WrapIOErrors<T>(string path, string action, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(path, $"{action} failed: {e.Message}", e);
        }
    }
}

namespace MemoryWall.Runs;

/// <summary>A run could not be found, read or written. Whatever was committed before stays readable.</summary>
internal sealed class StoreException : Exception
{
    /// <summary>An error about one file or folder.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="reason">What was wrong, and what would be right where that can be said.</param>
    /// <param name="inner">The cause; null where there is none.</param>
    public StoreException(string path, string reason, Exception? inner = null)
        : base($"{path}: {reason}", inner)
    {
        FilePath = path;
        Reason = reason;
    }

    /// <summary>The file or folder that it is about.</summary>
    public string FilePath { get; }

    /// <summary>What was wrong with it.</summary>
    public string Reason { get; }

    /// <summary>Does some work on a file and turns the file system's errors into a <see cref="StoreException"/>.</summary>
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

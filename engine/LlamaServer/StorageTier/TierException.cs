namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>What kept the storage tier from its work.</summary>
internal enum TierProblem
{
    /// <summary>The operating system is not Linux.</summary>
    UnsupportedSystem,

    /// <summary>The model's graph or file is not of a form that the tier can stream.</summary>
    UnsupportedModel,

    /// <summary>This build of llama.cpp has other data structures than the tier knows.</summary>
    UnsupportedBuild,

    /// <summary>The tier's folder does not exist or cannot be written.</summary>
    UnusableFolder,

    /// <summary>Another server uses the tier's folder.</summary>
    FolderInUse,

    /// <summary>The request gives no memory budget, and no control group limits this process.</summary>
    NoMemoryBudget,

    /// <summary>The memory budget is smaller than the smallest layout.</summary>
    NotEnoughMemory,

    /// <summary>The storage budget or the device has no room left.</summary>
    NotEnoughStorage,

    /// <summary>The operating system reports an error of the file, the device or the address space.</summary>
    StorageError,
}

/// <summary>The storage tier cannot do what a request needs.</summary>
/// <param name="problem">The kind of problem, from which a caller decides how to answer.</param>
/// <param name="message">The problem in one sentence, without the name of the option.</param>
internal sealed class TierException(TierProblem problem, string message) : Exception(message)
{
    public TierProblem Problem => problem;

    /// <summary>Bytes that would be enough; null where the problem is not one of size.</summary>
    public long? RequiredBytes { get; init; }

    /// <summary>Bytes that are available; null where the problem is not one of size.</summary>
    public long? AvailableBytes { get; init; }

    /// <summary>An exception in a form that can be kept while native code goes on, through which nothing may be thrown.</summary>
    public static TierException From(Exception error)
    {
        if (error is TierException own)
            return own;
        // A mistake in this program: its place must not be lost.
        if (!IsOfFiles(error))
            Console.Error.WriteLine(error);
        return new TierException(TierProblem.StorageError, error.Message);
    }

    /// <summary>Whether an exception is one that .NET's own operations on files throw.</summary>
    public static bool IsOfFiles(Exception error) => error is IOException or UnauthorizedAccessException;
}

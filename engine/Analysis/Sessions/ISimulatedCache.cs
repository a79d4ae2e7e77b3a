namespace MemoryWall.Analysis.Sessions;

/// <summary>What a prompt needs not to compute.</summary>
/// <param name="Tokens">Its first tokens that are reused.</param>
/// <param name="CopiedTokens">Those that RAM brings into the context.</param>
/// <param name="LoadedTokens">Those that storage brings.</param>
/// <param name="RamBlocks">Blocks that were found in RAM or in the context.</param>
/// <param name="StorageBlocks">Blocks that were found on storage.</param>
internal readonly record struct PromptReuse(int Tokens, int CopiedTokens, int LoadedTokens, int RamBlocks, int StorageBlocks);

/// <summary>A cache of a server, simulated.</summary>
internal interface ISimulatedCache
{
    /// <summary>Tokens that were written to storage.</summary>
    long WrittenTokens { get; }

    /// <summary>Looks up the next prompt, and keeps it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="wasIdle">Whether the server had no request between the answer before and this one.</param>
    PromptReuse Serve(ScaledRequest request, bool wasIdle);
}

using System.Globalization;
using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>The result of resuming from a saved state.</summary>
/// <param name="Tokens">Tokens whose cells were loaded; 0 for none.</param>
/// <param name="Bytes">Bytes of the loaded state; null for none.</param>
/// <param name="Note">Why no state or a shorter one was loaded; null where there is no such reason.</param>
/// <param name="Logits">The logits after the last of the loaded tokens; empty for none.</param>
internal sealed record ResumeResult(int Tokens, long? Bytes, string? Note, float[] Logits);

/// <summary>The result of saving a state.</summary>
/// <param name="Bytes">Bytes of the saved state; null where it was not saved.</param>
/// <param name="Note">Why it was not saved; null where it was.</param>
internal sealed record SaveResult(long? Bytes, string? Note);

/// <summary>
/// KV caches of prompts in the tier's folder, saved where a request asks for it, with the logits after their last token. They are named by
/// a hash of their tokens.
/// </summary>
internal sealed class KvStateStore(ManagedTier tier, string identity, int vocabulary)
{
    private readonly KvStateFile _files = new(tier.Kv, tier.Meter, tier.Throttle);

    private int TailBytes => vocabulary * sizeof(float);

    /// <summary>Loads the longest saved state that the tokens begin with.</summary>
    public ResumeResult Load(int[] tokens)
    {
        string? note = null;
        foreach (var count in EnumerateTokenCounts().Where(count => count <= tokens.Length))
        {
            var path = GetPath(tokens.AsSpan(0, count), count, out var key);
            if (!File.Exists(path))
                continue;
            try
            {
                var logits = MemoryMarshal.Cast<byte, float>(_files.Load(path, key, count, TailBytes)).ToArray();
                TierFolder.MarkUsed(path);
                return new ResumeResult(count, _files.GetBytes(count, TailBytes), note, logits);
            }
            catch (DamagedStateException damage)
            {
                File.Delete(path);
                note = $"a saved state of {count} tokens was {damage.Message} and has been deleted";
            }
        }
        return new ResumeResult(0, null, note ?? "no saved state matches the beginning of the prompt", []);
    }

    /// <summary>Saves the state of the tokens in the KV cache.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="logits">The logits after the last of them.</param>
    public SaveResult Save(int[] tokens, float[] logits)
    {
        var path = GetPath(tokens, tokens.Length, out var key);
        tier.Kv.Flush();
        if (File.Exists(path))
            return new SaveResult(new FileInfo(path).Length, null);
        return tier.Folder.WriteState(_files.GetBytes(tokens.Length, TailBytes),
            () => _files.Write(path, key, tokens.Length, MemoryMarshal.AsBytes(logits.AsSpan())));
    }

    private IEnumerable<int> EnumerateTokenCounts() => tier.Folder.ListStates()
        .Select(file =>
            int.TryParse(file.Name[TierFolder.StatePrefix.Length..].Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture,
                out var count) ? count : 0)
        .Where(count => count > 0).Distinct().OrderDescending();

    private string GetPath(ReadOnlySpan<int> tokens, int count, out string key)
    {
        key = TierFileHeader.ComputeKey(identity, tokens);
        return Path.Combine(tier.Folder.Path,
            string.Create(CultureInfo.InvariantCulture, $"{TierFolder.StatePrefix}{count}-{key[..32]}{TierFolder.StateExtension}"));
    }
}

namespace MemoryWall.Models.Synthetic;

/// <summary>How often the experts that a token uses are among those that were used last: shares of uses, 0 to 1.</summary>
/// <param name="HitsOfEighth">Hits of a cache of an eighth of all experts that keeps those used last.</param>
/// <param name="HitsOfQuarter">The same for a quarter of all experts. Published of trained models: 0.67 of an eighth and 0.81 of a
/// quarter.</param>
internal sealed record ExpertLocality(double HitsOfEighth, double HitsOfQuarter)
{
    /// <summary>What was measured with a preset: single tokens of a random text after a prompt of 512. A test measures it again.</summary>
    /// <returns>Null for a model that was not measured.</returns>
    public static ExpertLocality? Find(SyntheticSpec spec)
    {
        foreach (var (preset, reached) in s_measured)
        {
            // The trained context is only a number in the file's header.
            if (spec with { Name = preset.Name, ContextTokens = preset.ContextTokens } == preset)
                return reached;
        }
        return null;
    }

    private static readonly (SyntheticSpec Preset, ExpertLocality Reached)[] s_measured =
    [
        (SyntheticSpec.MoeSmall, new ExpertLocality(0.626, 0.847)),
        (SyntheticSpec.MoeOneB, new ExpertLocality(0.621, 0.853)),
    ];
}

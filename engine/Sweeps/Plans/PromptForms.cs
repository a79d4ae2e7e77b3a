using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Sweeps.Plans;

/// <summary>Reads how prompts are sent, with the same meaning in every command and cell.</summary>
internal static class PromptForms
{
    /// <summary>The form of a text; null for null, which is the default.</summary>
    /// <exception cref="FormatException">The form is unknown.</exception>
    public static PromptForm? Parse(string? text) => text switch
    {
        null => null,
        _ when EnumNames.TryParse<PromptForm>(text, out var form) => form,
        _ => throw new FormatException($"'{text}' is unknown; write text or ids"),
    };
}

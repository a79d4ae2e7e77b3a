using System.Text.Json;

namespace MemoryWall.Runs.Json;

/// <summary>What reading JSON of other people ends with.</summary>
internal static class ForeignJson
{
    /// <summary>Whether an error says that a text is no JSON of the wanted form. Some faults are found only where a value is looked at,
    /// and then with other errors than <see cref="JsonException"/>: an escape of half a surrogate pair, a name that occurs twice, a kind
    /// that is missing.</summary>
    /// <param name="error">The error.</param>
    public static bool IsUnreadable(Exception error) =>
        error is JsonException or InvalidOperationException or NotSupportedException or ArgumentException;
}

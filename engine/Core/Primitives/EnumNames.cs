using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MemoryWall.Core.Primitives;

/// <summary>
/// The stored names of enum members: snake case, or the member's <see cref="JsonStringEnumMemberNameAttribute"/> where it has one.
/// Tables and JSON use these names, so that a member can be renamed without changing the files.
/// </summary>
internal static class EnumNames
{
    /// <summary>The stored name of a member; the number for a value without a member.</summary>
    public static string Name<T>(T value)
        where T : struct, Enum => Names<T>.ByValue.GetValueOrDefault(value) ?? value.ToString();

    /// <summary>Finds the member with a stored name; false where there is none.</summary>
    public static bool TryParse<T>(string name, out T value)
        where T : struct, Enum => Names<T>.ByName.TryGetValue(name, out value);

    private static class Names<T>
        where T : struct, Enum
    {
        public static Dictionary<T, string> ByValue { get; } = Enum.GetNames<T>().DistinctBy(Enum.Parse<T>).ToDictionary(Enum.Parse<T>,
            StoredName);

        public static Dictionary<string, T> ByName { get; } = ByValue.ToDictionary(pair => pair.Value, pair => pair.Key,
            StringComparer.Ordinal);

        private static string StoredName(string member) =>
            typeof(T).GetField(member)?.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name
                ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(member);
    }
}

using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MemoryWall.Core;

/// <summary>
/// The stored names of enum members: snake case, or the member's <see cref="JsonStringEnumMemberNameAttribute"/> where it has one.
/// Tables and JSON take them from here, so that a member can be renamed without a change of the files.
/// </summary>
internal static class EnumNames
{
    /// <summary>The stored name of a member; for a value that has no member, its number.</summary>
    public static string Name<T>(T value)
        where T : struct, Enum => Names<T>.ByValue.GetValueOrDefault(value) ?? value.ToString();

    /// <summary>The member with a stored name; false where there is none.</summary>
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

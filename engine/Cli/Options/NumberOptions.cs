using System.ComponentModel;
using System.Globalization;
using System.Reflection;

namespace MemoryWall.Cli.Options;

/// <summary>Names the option whose value is not a number. The command-line library's own message names only the value and a .NET
/// type.</summary>
internal static class NumberOptions
{
    /// <summary>The message about the first wrong number; null where all numbers are right.</summary>
    /// <param name="args">The command line.</param>
    public static string? FindError(IReadOnlyList<string> args)
    {
        var options = CommandSettingsFinder.Find(args).Settings?.GetProperties().Select(NumberOption.From).OfType<NumberOption>().ToList()
            ?? [];
        for (var i = 0; i < args.Count; i++)
        {
            var (name, value) = Arguments.ReadOption(args, i);
            if (options.Find(option => option.Names.Contains(name)) is { } option && (value is null || !option.Accepts(value)))
                return option.FormatError(value);
        }
        return null;
    }

    private sealed record NumberOption(IReadOnlyList<string> Names, bool IsWhole, object Example)
    {
        public static NumberOption? From(PropertyInfo property)
        {
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            var names = OptionNames.Of(property).ToList();
            if ((type != typeof(int) && type != typeof(double)) || names.Count == 0)
                return null;
            var example = property.GetCustomAttribute<DefaultValueAttribute>()?.Value
                ?? property.GetCustomAttribute<ExampleAttribute>()?.Value
                ?? throw new InvalidOperationException($"{property.Name} has neither a default nor an example");
            return new(names, type == typeof(int), example);
        }

        public bool Accepts(string value) => IsWhole
            ? int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _)
            : double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

        public string FormatError(string? value)
        {
            var fault = value is null ? "the value is missing" : $"'{value}' is not a {(IsWhole ? "whole number" : "number")}";
            // The short name, where there is one, comes last.
            return string.Create(CultureInfo.InvariantCulture, $"{Names[0]}: {fault}; for example {Names[^1]} {Example}");
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace MemoryWall.Models.Forecast;

/// <summary>One rule of llama.cpp's <c>--override-tensor</c>: tensors whose name has a match of the pattern are in the named memory,
/// wherever their layer is. The first rule that matches a tensor holds (<c>llama_model_loader::create_tensor</c>).</summary>
/// <param name="Pattern">A regular expression, found anywhere in the name.</param>
/// <param name="Device">The accelerator, from 0; null for RAM.</param>
internal sealed record TensorOverride(string Pattern, int? Device)
{
    private const int MaxPatternLength = 1000;

    // Far longer than a harmless pattern takes on a busy machine.
    private static readonly TimeSpan s_longestMatch = TimeSpan.FromSeconds(2);
    private const int MaxTries = 3;
    private static readonly TimeSpan s_longestSearch = TimeSpan.FromSeconds(60);

    /// <summary>Parses <c>PATTERN=BUFFER,PATTERN=BUFFER</c>. Buffers are named as llama.cpp does: <c>CPU</c> or <c>CUDA_Host</c> for RAM,
    /// <c>CUDA0</c>, <c>Vulkan1</c>, … for an accelerator.</summary>
    /// <exception cref="FormatException">A rule cannot be read.</exception>
    public static IEnumerable<TensorOverride> Parse(string text)
    {
        foreach (var rule in text.Split(','))
        {
            var split = rule.IndexOf('=', StringComparison.Ordinal);
            if (split < 1)
                throw new FormatException($"'{rule}' is no rule; write PATTERN=BUFFER, for example exps=CPU");
            yield return new TensorOverride(CheckPattern(rule[..split]), ParseBuffer(rule[(split + 1)..]));
        }
    }

    /// <summary>For each tensor the rule that holds for it, as an index; null where none does.</summary>
    /// <exception cref="FormatException">A pattern takes too long.</exception>
    public static int?[] Match(IReadOnlyList<string> names, IReadOnlyList<TensorOverride> rules)
    {
        var patterns = rules.Select(rule => CreateRegex(rule.Pattern)).ToList();
        var rule = new int?[names.Count];
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < names.Count; i++)
        {
            for (var k = 0; k < patterns.Count && rule[i] is null; k++)
            {
                if (Matches(patterns[k], names[i], clock))
                    rule[i] = k;
            }
        }
        return rule;
    }

    private static bool Matches(Regex pattern, string name, Stopwatch clock)
    {
        for (var tries = 0; tries < MaxTries && clock.Elapsed < s_longestSearch; tries++)
        {
            try
            {
                return pattern.IsMatch(name);
            }
            catch (RegexMatchTimeoutException)
            {
                // The machine may have stood still.
            }
        }
        throw new FormatException($"the pattern '{pattern}' takes too long to match; write a simpler one");
    }

    private static string CheckPattern(string pattern)
    {
        if (pattern.Length > MaxPatternLength)
            throw new FormatException($"a pattern has {pattern.Length} characters; it must have at most {MaxPatternLength}");
        try
        {
            CreateRegex(pattern);
            return pattern;
        }
        catch (ArgumentException error)
        {
            throw new FormatException($"'{pattern}' is no regular expression: {error.Message}", error);
        }
    }

    // As std::regex_search with its default grammar.
    private static Regex CreateRegex(string pattern) => new(pattern, RegexOptions.ECMAScript, s_longestMatch);

    private static int? ParseBuffer(string name)
    {
        if (name.StartsWith("CPU", StringComparison.OrdinalIgnoreCase) || name.EndsWith("_Host", StringComparison.OrdinalIgnoreCase))
            return null;
        var digits = name.AsSpan().TrimEnd("0123456789").Length;
        if (name.Equals("Metal", StringComparison.OrdinalIgnoreCase))
            return 0;
        return digits > 0 && digits < name.Length && name.AsSpan(0, digits).IndexOfAnyExceptInRange('A', 'z') < 0
            && int.TryParse(name.AsSpan(digits), NumberStyles.None, CultureInfo.InvariantCulture, out var device) ? device
            : throw new FormatException($"'{name}' is no buffer; write CPU for RAM, or a GPU as CUDA0, ROCm1, Vulkan0");
    }
}

namespace MemoryWall.Sweeps.Preflight;

/// <summary>One row of a check.</summary>
/// <param name="Field">The field that the rule is about.</param>
/// <param name="IsBroken">Whether the plan breaks the rule.</param>
/// <param name="Message">What the field is and what would be right.</param>
internal readonly record struct PlanRule(string Field, bool IsBroken, string Message)
{
    /// <summary>An error for each broken rule.</summary>
    public static IEnumerable<PreflightFinding> FindErrors(params IEnumerable<PlanRule> rules) =>
        rules.Where(rule => rule.IsBroken).Select(rule => PreflightFinding.Error(rule.Field, rule.Message));
}

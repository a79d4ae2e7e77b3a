namespace MemoryWall.Protocol;

/// <summary>The smallest and the largest valid value of a number in a request, both inclusive.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class BoundsAttribute(double min, double max) : Attribute
{
    public double Min => min;

    public double Max => max;
}

/// <summary>The valid texts of a field of a request.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ChoicesAttribute(params string[] texts) : Attribute
{
    public IReadOnlyList<string> Texts => texts;
}

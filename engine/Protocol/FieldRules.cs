namespace MemoryWall.Protocol;

/// <summary>The smallest and the largest value of a number in a request.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class BoundsAttribute(double min, double max) : Attribute
{
    public double Min => min;

    public double Max => max;
}

/// <summary>The texts that a field of a request may have.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ChoicesAttribute(params string[] texts) : Attribute
{
    public IReadOnlyList<string> Texts => texts;
}

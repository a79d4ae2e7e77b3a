namespace MemoryWall.Cli.Options;

/// <summary>A value that the error message of a number option shows where the option has no default.</summary>
/// <param name="value">The value.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ExampleAttribute(object value) : Attribute
{
    public object Value { get; } = value;
}

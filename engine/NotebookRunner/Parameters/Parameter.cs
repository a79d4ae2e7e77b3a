namespace MemoryWall.NotebookRunner.Parameters;

/// <summary>A value for a variable of the notebook's <c>parameters</c> cell, as text.</summary>
internal sealed record Parameter(string Name, string Value)
{
    /// <param name="text"><c>name=value</c>. The value can be empty and can contain equals signs.</param>
    /// <exception cref="ParameterException">The text has no name or no equals sign.</exception>
    public static Parameter Parse(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            throw new ParameterException($"--parameter: '{text}' has no name and value; write NAME=VALUE");
        return new(text[..equals].Trim(), text[(equals + 1)..]);
    }
}

namespace MemoryWall.NotebookRunner.Parameters;

/// <summary>A value for a variable of the notebook's <c>parameters</c> cell, as a caller wrote it.</summary>
internal sealed record Parameter(string Name, string Value)
{
    /// <param name="text"><c>name=value</c>; the value may be empty and may hold further equals signs.</param>
    /// <exception cref="ParameterException">It has no name or no equals sign.</exception>
    public static Parameter Parse(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            throw new ParameterException($"--parameter: '{text}' is not name=value");
        return new(text[..equals].Trim(), text[(equals + 1)..]);
    }
}

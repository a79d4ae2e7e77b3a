namespace MemoryWall.Cli.Pages;

/// <summary>For whom a page is made: a logo and a name on its first sheet.</summary>
/// <param name="Customer">The name; null for none.</param>
/// <param name="Logo">The picture as a data address; null for none.</param>
internal sealed record PageBranding(string? Customer, string? Logo)
{
    private const long MaxLogoBytes = 1 << 20;
    private const int MaxNameLength = 80;

    private static readonly Dictionary<string, string> s_types = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".webp"] = "image/webp",
        [".svg"] = "image/svg+xml",
    };

    /// <summary>Reads the options <c>--customer</c> and <c>--logo</c>.</summary>
    /// <exception cref="FormatException">One of them cannot be used.</exception>
    public static PageBranding Read(string? customer, string? logoFile)
    {
        if (customer?.Length > MaxNameLength)
            throw new FormatException($"--customer: the name has {customer.Length} characters; at most {MaxNameLength} fit on the page");
        return new PageBranding(string.IsNullOrWhiteSpace(customer) ? null : customer.Trim(), logoFile is null ? null : ReadLogo(logoFile));
    }

    private static string ReadLogo(string file)
    {
        if (!s_types.TryGetValue(Path.GetExtension(file), out var type))
            throw new FormatException($"--logo: '{file}' is not a picture; use a {string.Join(", ", s_types.Keys)} file");
        try
        {
            var length = new FileInfo(file).Length;
            return length is > 0 and <= MaxLogoBytes
                ? $"data:{type};base64,{Convert.ToBase64String(File.ReadAllBytes(file))}"
                : throw new FormatException($"--logo: '{file}' has {length} bytes; use a picture of 1 byte to 1 MiB");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"--logo: '{file}' cannot be read: {error.Message}");
        }
    }
}

using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MemoryWall.Cli.Pages;

/// <summary>
/// The notebook of a page as it was committed. Notebooks are for changing: what somebody tried in one must not get into the page that is
/// handed over.
/// </summary>
internal static class PristineNotebook
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>Writes a copy and returns its path. Without git, or outside a repository, it is a copy of the file itself.</summary>
    /// <param name="notebook">The notebook's file.</param>
    /// <param name="folder">Where the copy is written.</param>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public static async Task<string> CopyAsync(string notebook, string folder)
    {
        var copy = Path.Combine(folder, Path.GetFileName(notebook));
        var committed = await ReadCommittedAsync(notebook).ConfigureAwait(false);
        var content = committed ?? await File.ReadAllBytesAsync(notebook).ConfigureAwait(false);
        await File.WriteAllBytesAsync(copy, content).ConfigureAwait(false);
        return copy;
    }

    /// <summary>Removes the cells with a tag from a copy.</summary>
    /// <param name="copy">The file.</param>
    /// <param name="tag">The tag.</param>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public static async Task OmitAsync(string copy, string tag)
    {
        JsonNode? notebook;
        try
        {
            notebook = JsonNode.Parse(await File.ReadAllTextAsync(copy).ConfigureAwait(false));
        }
        catch (JsonException)
        {
            // What runs the notebook says what is wrong with it.
            return;
        }
        if (notebook?["cells"] is not JsonArray cells)
            return;
        foreach (var cell in cells.Where(cell => cell?["metadata"]?["tags"] is JsonArray tags
            && tags.Any(name => name?.GetValueKind() == JsonValueKind.String && (string?)name == tag)).ToList())
            cells.Remove(cell);
        await File.WriteAllTextAsync(copy, notebook.ToJsonString()).ConfigureAwait(false);
    }

    private static async Task<byte[]?> ReadCommittedAsync(string notebook)
    {
        // "./" makes the path relative to the working folder, wherever the repository begins.
        var start = new ProcessStartInfo("git", ["show", $"HEAD:./{Path.GetFileName(notebook)}"])
        {
            WorkingDirectory = Path.GetDirectoryName(notebook)!,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        try
        {
            using var git = Process.Start(start);
            if (git is null)
                return null;
            using var limit = new CancellationTokenSource(s_patience);
            using var content = new MemoryStream();
            var errors = git.StandardError.ReadToEndAsync(limit.Token);
            await git.StandardOutput.BaseStream.CopyToAsync(content, limit.Token).ConfigureAwait(false);
            await git.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            await errors.ConfigureAwait(false);
            return git.ExitCode == 0 && content.Length > 0 ? content.ToArray() : null;
        }
        catch (Exception error) when (error is Win32Exception or OperationCanceledException or IOException)
        {
            return null;
        }
    }
}

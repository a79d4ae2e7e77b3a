using System.Security.Cryptography;
using System.Text;

namespace MemoryWall.Runs.Archives;

/// <summary>Tells whether two folders contain the same run, also where one of them has travelled: what is compared is what leaves a
/// machine, without the label, which is the user's own.</summary>
internal static class RunContent
{
    /// <summary>Whether the two are the same.</summary>
    /// <param name="first">A folder.</param>
    /// <param name="second">Another one.</param>
    /// <param name="id">The id of the run.</param>
    /// <exception cref="Files.StoreException">A file cannot be read.</exception>
    public static bool AreSame(string first, string second, string id) => Compute(first, id).AsSpan().SequenceEqual(Compute(second, id));

    private static byte[] Compute(string folder, string id)
    {
        using var hash = SHA256.Create();
        using (var stream = new CryptoStream(Stream.Null, hash, CryptoStreamMode.Write))
        {
            foreach (var path in ArchivedFile.List(folder).Where(path => Path.GetFileName(path) != Files.RunFiles.Label))
            {
                stream.Write(Encoding.UTF8.GetBytes($"\0{Path.GetFileName(path)}\0"));
                ArchivedFile.Write(stream, path, id);
            }
        }
        return hash.Hash!;
    }
}

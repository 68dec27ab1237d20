using System.Threading;
using System.Threading.Tasks;

namespace Banter
{
    /// <summary>Fetches tickets from the game's own server, which knows the key. A client asks for one at a
    /// time, and only when the one in use runs out.</summary>
    public interface IUserSigProvider
    {
        /// <summary>Fetches a fresh ticket for a user. An exception means that there is none now: the client
        /// asks again later, after longer and longer times.</summary>
        Task<string> GetUserSigAsync(string userId, CancellationToken cancel);
    }
}
